"""Measures how fast the readers read images of many looks and sizes, and how much memory it takes.

All of them by turns: single images one after another, lists in batches of the best size, and new
processes up to their first text.
"""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.general.accuracy import TITLES, measure_times
from benchmarks.general.ours import OwnReader
from benchmarks.general.peers import PEERS
from benchmarks.general.sets import LabelledSet
from benchmarks.peers.client import Reader, command
from benchmarks.peers.ratios import ratio, summary
from benchmarks.peers.reading import (
    MB,
    all_times,
    best_sizes,
    in_batches,
    measure_starts,
    one_by_one,
    try_sizes,
)
from benchmarks.peers.systems import DDDDOCR, OURS, RAPIDOCR, SYSTEMS
from benchmarks.peers.workplace import LOG, Workplace
from captcha_model.pretrained_models import REGISTRY

PER_SET = 16
WITH = {DDDDOCR: "ddddocr-default", RAPIDOCR: RAPIDOCR}
"""Which network of a system is measured: the smaller one of ddddocr, which is its default."""


def measure_speed(place: Workplace, model: str, sets: Sequence[LabelledSet]) -> dict[str, Any]:
    """Measure times and memory.

    Args:
        place: with the environments; that of ours gets the wheel of this checkout.
        model: of ours, as `CaptchaModel.from_pretrained` takes it.
        sets: of whose images some are read.
    """
    place.prepare([OURS, *WITH], to_read=True)
    folder = REGISTRY.folder(model) if model in REGISTRY else Path(model).resolve()
    scripts = {peer.name: peer.command(place) for peer in PEERS}
    commands = {OURS: command(place, OURS, folder)}
    commands |= {system: scripts[name] for system, name in WITH.items()}
    images = sample(sets)
    LOG.info("processes, from their start to the first text")
    starts = measure_starts(commands, images[0])
    with contextlib.ExitStack() as stack:
        readers = {
            name: stack.enter_context(Reader(name, run, place.folder / f"speed-{name}.log"))
            for name, run in commands.items()
        }
        LOG.info("one image after another")
        ones = one_by_one(readers, images)
        peaks = {name: reader.facts()["peak_bytes"] for name, reader in readers.items()}
        LOG.info("batches")
        tried = try_sizes(readers, images)
        sizes = best_sizes(tried)
        many = in_batches(readers, images, sizes)
        facts = {name: reader.facts() for name, reader in readers.items()}
    measured = all_times(ones, many, starts)
    return {
        "model": Path(model).name,
        "images": len(images),
        "systems": {
            name: {
                "title": {OURS: SYSTEMS[OURS].title, **TITLES}[name],
                "versions": facts[name]["versions"],
                "model_mb": round(facts[name]["model_bytes"] / MB, 2),
                **{what: summary(times[name]) for what, times in measured.items()},
                "best_batch": sizes[name],
                "batch_unit": SYSTEMS[name].batch_unit,
                "one_peak_mb": round(peaks[name] / MB, 1),
                "many_peak_mb": round(facts[name]["peak_bytes"] / MB, 1),
            }
            for name in commands
        },
        "relative_to_ours": _ratios(measured),
        "one_ms_by_set": measure_times(place, OwnReader(model), sets),
    }


def sample(sets: Sequence[LabelledSet]) -> list[Path]:
    """Return some images of every set, those of all sets in turn."""
    columns = [one.plain[:PER_SET] for one in sets]
    return [column[k] for k in range(PER_SET) for column in columns if k < len(column)]


def _ratios(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        system: {
            what: ratio(np.asarray(times[system]), np.asarray(times[OURS]))
            for what, times in measured.items()
        }
        for system in WITH
    }
