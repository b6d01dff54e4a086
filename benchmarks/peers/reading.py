"""How well and how fast each system reads: all of them in one run, taking turns."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.asking import Reader, Start, start
from benchmarks.peers.ratios import ratio, summary
from benchmarks.peers.systems import OURS, SYSTEMS
from benchmarks.peers.workplace import LOG, Workplace
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.text import character_error_rate

UNCOUNTED = 2  # The first images of a turn find cold caches, and are read but not counted.
MB = 1e6

Times = dict[str, list[list[float]]]


@dataclass(frozen=True)
class Amounts:
    """How much is measured.

    Attributes:
        images: how many are read for the accuracy; None is all of them.
        starts: processes of each system.
        turns: for reading one by one, each with `a_turn` images.
        a_turn: see there.
        tries: turns with each number of images at once, to find the best one.
        rounds: turns with the best one.
        many: images in each of those turns.
    """

    images: int | None = None
    starts: int = 15
    turns: int = 40
    a_turn: int = 20
    tries: int = 4
    rounds: int = 15
    many: int = 512


QUICK = Amounts(images=20, starts=2, turns=3, a_turn=5, tries=1, rounds=3, many=20)


def measure_reading(place: Workplace, names: Sequence[str], amounts: Amounts) -> dict[str, Any]:
    """Measure everything, and return it for the file of results."""
    LOG.info("processes, from their start to the first text")
    starts = _starts(place, names, amounts)
    with contextlib.ExitStack() as stack:
        readers = {name: stack.enter_context(Reader(place, name)) for name in names}
        LOG.info("accuracy")
        accuracies = {n: _accuracies(r, place, amounts.images) for n, r in readers.items()}
        # Before several at once make more of them.
        threads = {name: reader.facts()["threads"] for name, reader in readers.items()}
        LOG.info("one image after another")
        ones = _one_by_one(readers, place.validation, amounts)
        LOG.info("several at once")
        images = (place.images * 2)[: amounts.many]
        tried = _tried(readers, images, amounts.tries)
        sizes = {name: min(found, key=lambda s: found[s]) for name, found in tried.items()}
        many = _at_once(readers, images, sizes, amounts.rounds)
        facts = {name: reader.facts() for name, reader in readers.items()}
    measured = {
        "one_ms": ones,
        "many_ms": many,
        "start_seconds": {n: [[s.seconds] for s in found] for n, found in starts.items()},
        "start_peak_mb": {n: [[s.peak_bytes / MB] for s in found] for n, found in starts.items()},
    }
    systems = {
        name: {
            "title": SYSTEMS[name].title,
            "versions": facts[name]["versions"],
            "threads": threads[name],
            "install_mb": round(place.installed_bytes(name) / MB, 1),
            "model_mb": round(facts[name]["model_bytes"] / MB, 2),
            "accuracy": accuracies[name],
            **{what: summary(times[name]) for what, times in measured.items()},
            "images_a_second": round(1000 / float(np.median(many[name])), 1),
            "best_at_once": sizes[name],
            "at_once": SYSTEMS[name].at_once,
            "tried_ms": {str(size): round(ms, 3) for size, ms in tried[name].items()},
            "peak_mb_of_all_sizes": round(facts[name]["peak_bytes"] / MB, 1),
        }
        for name in names
    }
    others = [name for name in names if name != OURS]
    return {
        "systems": systems,
        "times_ours": {
            name: {what: ratio(times[name], times[OURS]) for what, times in measured.items()}
            for name in others
        },
    }


def check_trained(place: Workplace, names: Sequence[str]) -> None:
    """Check that what must be trained has been.

    Raises:
        RuntimeError: a system has no model.
    """
    for name in names:
        folder = place.model(name)
        if folder and not folder.exists():
            raise RuntimeError(
                f"{name} has not been trained: run the phase training, or leave it out by --only"
            )


def score(labels: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """Return how well texts were read."""
    right = sum(a == b for a, b in zip(labels, texts, strict=True))
    return {
        "images": len(labels),
        "right": right,
        "word_accuracy": round(right / len(labels), 6),
        "word_accuracy_95": [round(bound, 6) for bound in wilson_interval(right, len(labels))],
        "cer": round(character_error_rate(labels, texts), 6),
    }


def _starts(place: Workplace, names: Sequence[str], amounts: Amounts) -> dict[str, list[Start]]:
    found: dict[str, list[Start]] = {name: [] for name in names}
    for turn in range(-1, amounts.starts):
        for name in names:
            measured = start(place, name, place.validation[0])
            if turn >= 0:  # The first one reads the libraries from the disk.
                found[name].append(measured)
    return found


def _accuracies(reader: Reader, place: Workplace, limit: int | None) -> dict[str, Any]:
    """Return the scores by part: all images count only for what has learned from none of them."""
    parts = {"validation": place.validation}
    if reader.name != OURS and place.model(reader.name) is None:
        parts["all"] = place.images
    scores = {}
    for part, paths in parts.items():
        texts, _ = reader.one_by_one(paths[:limit])
        scores[part] = score([path.stem for path in paths[:limit]], texts)
    return scores


def _one_by_one(readers: Mapping[str, Reader], images: Sequence[Path], amounts: Amounts) -> Times:
    """Return the milliseconds of each image, by turns."""
    count = UNCOUNTED + amounts.a_turn
    found: Times = {name: [] for name in readers}
    for turn in range(amounts.turns):
        paths = [images[(turn * count + i) % len(images)] for i in range(count)]
        for name, reader in readers.items():
            seconds = reader.one_by_one(paths)[1][UNCOUNTED:]
            found[name].append([1000 * s for s in seconds])
    return found


def _tried(
    readers: Mapping[str, Reader], images: Sequence[Path], tries: int
) -> dict[str, dict[int, float]]:
    """Return the median milliseconds of an image for every number at once, by system."""
    found: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in SYSTEMS[name].sizes} for name in readers
    }
    for turn in range(-1, tries):
        for name, reader in readers.items():
            for size, times in found[name].items():
                seconds = reader.at_once(images, size)[1]
                if turn >= 0:  # The first one may compile for a size.
                    times.append(1000 * seconds / len(images))
    return {n: {s: float(np.median(t)) for s, t in sizes.items()} for n, sizes in found.items()}


def _at_once(
    readers: Mapping[str, Reader], images: Sequence[Path], sizes: Mapping[str, int], rounds: int
) -> Times:
    """Return the milliseconds of an image with so many at once, by turns."""
    found: Times = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            seconds = reader.at_once(images, sizes[name])[1]
            found[name].append([1000 * seconds / len(images)])
    return found
