"""Importing Ray late, and sharing out the cores of its cluster."""

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from captcha_model.errors import DependencyError

TASK_CORES = 0.25
"""What a task that reads or writes files asks for; it mostly waits."""

_SPARE = 1.5  # Cores of a node that its actors leave for tasks and for the filter of a resumed run.


def load_ray() -> ModuleType:
    """Import Ray and its module `data`, without its report of usage.

    Raises:
        DependencyError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DependencyError.missing(error.name or "ray", "ray", "Reading with Ray") from error
    module: ModuleType = ray
    return module


class Shares(NamedTuple):
    """How many actors there are at most, and which part of a core each of them asks for."""

    actors: int
    cores: float


def shares(nodes: Iterable[Mapping[str, Any]]) -> Shares:
    """Return an actor for every core, which asks for so little of it that tasks find a place.

    Actors that asked for whole cores would take all of them, and nothing could be read for them.

    Args:
        nodes: as `ray.nodes()` returns them.
    """
    cores = [node["Resources"].get("CPU", 0.0) for node in nodes if node.get("Alive", True)]
    usable = [int(count) for count in cores if count >= 1] or [1]
    return Shares(sum(usable), min(max(TASK_CORES, (count - _SPARE) / count) for count in usable))


def actor_options(actors: int | None) -> dict[str, Any]:
    """Return the arguments of `Dataset.map_batches` that say who does it.

    Args:
        actors: at most this many; None takes one for every core that the cluster has now.
    """
    ray = load_ray()
    most, cores = shares(ray.nodes())
    return {
        "compute": ray.data.ActorPoolStrategy(min_size=1, max_size=actors or most),
        "num_cpus": cores,
    }


@contextmanager
def connected() -> Iterator[None]:
    """Connect to the cluster that RAY_ADDRESS names, or start one on this machine for the block.

    A connection that there is already is used and kept.

    Raises:
        DependencyError: Ray is not installed.
    """
    ray = load_ray()
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    address = os.environ.get("RAY_ADDRESS")
    ray.init(
        log_to_driver=False,
        logging_level="ERROR",
        **({} if address else {"include_dashboard": False}),
    )
    try:
        yield
    finally:
        ray.shutdown()
