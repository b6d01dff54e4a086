"""Measures how accurately and how fast each system reads: all of them in one run, in turns."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.client import Reader, command, open_reader, start
from benchmarks.peers.ratios import ratio, summary
from benchmarks.peers.systems import OURS, SYSTEMS
from benchmarks.peers.workplace import LOG, Workplace
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.text import character_error_rate

STARTS = 15  # Processes of each system.
TURNS = 40  # Of reading one image after another.
PER_TURN = 20
UNCOUNTED = 2  # The first images of a turn find cold caches; they are read but not counted.
TRIES = 4  # Turns with each batch size, to find the fastest one.
ROUNDS = 15  # Turns with the fastest batch size.
MANY = 512  # Images in each of these turns.
MB = 1e6

Times = dict[str, list[list[float]]]


def measure_reading(place: Workplace, names: Sequence[str]) -> dict[str, Any]:
    """Measure everything, and return it for the file of results."""
    LOG.info("processes, from their start to the first text")
    starts = measure_starts({name: command(place, name) for name in names}, place.validation[0])
    with contextlib.ExitStack() as stack:
        readers = {name: stack.enter_context(open_reader(place, name)) for name in names}
        LOG.info("accuracy")
        accuracies = {n: _accuracies(r, place) for n, r in readers.items()}
        # Counted before batches start more of them.
        threads = {name: reader.facts()["threads"] for name, reader in readers.items()}
        LOG.info("one image after another")
        ones = one_by_one(readers, place.validation)
        LOG.info("batches")
        images = (place.images * 2)[:MANY]
        tried = try_sizes(readers, images)
        sizes = best_sizes(tried)
        many = in_batches(readers, images, sizes)
        facts = {name: reader.facts() for name, reader in readers.items()}
    measured = all_times(ones, many, starts)
    systems = {
        name: {
            "title": SYSTEMS[name].title,
            "versions": facts[name]["versions"],
            "threads": threads[name],
            "install_mb": round(place.installed_bytes(name) / MB, 1),
            "model_mb": round(facts[name]["model_bytes"] / MB, 2),
            "accuracy": accuracies[name],
            **{what: summary(times[name]) for what, times in measured.items()},
            "images_per_second": round(1000 / float(np.median(many[name])), 1),
            "best_batch": sizes[name],
            "batch_unit": SYSTEMS[name].batch_unit,
            "batch_ms": {str(size): round(ms, 3) for size, ms in tried[name].items()},
            "peak_mb_of_all_batches": round(facts[name]["peak_bytes"] / MB, 1),
        }
        for name in names
    }
    ratios = {
        name: {what: ratio(times[name], times[OURS]) for what, times in measured.items()}
        for name in names
        if name != OURS
    }
    return {"systems": systems, "relative_to_ours": ratios}


def check_trained(place: Workplace, names: Sequence[str]) -> None:
    """Check that the systems that must be trained have a model.

    Raises:
        RuntimeError: a system has none.
    """
    for name in names:
        folder = place.model(name)
        if folder and not folder.exists():
            raise RuntimeError(
                f"{name} has not been trained: run the phase training, or exclude it with --only"
            )


def score(labels: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """Return word accuracy with its 95% interval, and the character error rate."""
    right = sum(label == text for label, text in zip(labels, texts, strict=True))
    return {
        "images": len(labels),
        "correct": right,
        "word_accuracy": round(right / len(labels), 6),
        "word_accuracy_95": [round(bound, 6) for bound in wilson_interval(right, len(labels))],
        "cer": round(character_error_rate(labels, texts), 6),
    }


def measure_starts(
    commands: Mapping[str, Sequence[str]], image: Path
) -> dict[str, list[tuple[float, int]]]:
    """Return the seconds to the first text and the peak memory of processes, by system."""
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
    for _ in range(1 + STARTS):
        for name, run in commands.items():
            found[name].append(start(run, image))
    return {name: measured[1:] for name, measured in found.items()}  # The first reads the disk.


def _accuracies(reader: Reader, place: Workplace) -> dict[str, Any]:
    """Return the scores by split; all images only for systems that were trained on none of them."""
    splits = {"validation": place.validation}
    if reader.name != OURS and place.model(reader.name) is None:
        splits["all"] = place.images
    return {
        split: score([path.stem for path in paths], reader.one_by_one(paths)[0])
        for split, paths in splits.items()
    }


def one_by_one(readers: Mapping[str, Reader], images: Sequence[Path]) -> Times:
    """Return the milliseconds of each image, by system and turn."""
    count = UNCOUNTED + PER_TURN
    found: Times = {name: [] for name in readers}
    for turn in range(TURNS):
        paths = [images[(turn * count + i) % len(images)] for i in range(count)]
        for name, reader in readers.items():
            seconds = reader.one_by_one(paths)[1][UNCOUNTED:]
            found[name].append([1000 * s for s in seconds])
    return found


def try_sizes(readers: Mapping[str, Reader], images: Sequence[Path]) -> dict[str, dict[int, float]]:
    """Return the median milliseconds per image for every batch size, by system."""
    found: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in SYSTEMS[name].sizes} for name in readers
    }
    for turn in range(-1, TRIES):
        for name, reader in readers.items():
            for size, times in found[name].items():
                seconds = reader.in_batches(images, size)[1]
                if turn >= 0:  # The first turn may compile for a size.
                    times.append(1000 * seconds / len(images))
    return {n: {s: float(np.median(t)) for s, t in sizes.items()} for n, sizes in found.items()}


def best_sizes(tried: Mapping[str, Mapping[int, float]]) -> dict[str, int]:
    """Return the fastest batch size of every system, from what `try_sizes` returns."""
    return {name: min(found, key=lambda s: found[s]) for name, found in tried.items()}


def all_times(
    ones: Times, many: Times, starts: Mapping[str, Sequence[tuple[float, int]]]
) -> dict[str, Times]:
    """Return what `one_by_one`, `in_batches` and `measure_starts` found, by what it is."""
    return {
        "one_ms": ones,
        "many_ms": many,
        "start_seconds": {n: [[seconds] for seconds, _ in found] for n, found in starts.items()},
        "start_peak_mb": {n: [[peak / MB] for _, peak in found] for n, found in starts.items()},
    }


def in_batches(
    readers: Mapping[str, Reader], images: Sequence[Path], sizes: Mapping[str, int]
) -> Times:
    """Return the milliseconds per image with the chosen batch sizes, by system and turn."""
    found: Times = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, reader in readers.items():
            seconds = reader.in_batches(images, sizes[name])[1]
            found[name].append([1000 * seconds / len(images)])
    return found
