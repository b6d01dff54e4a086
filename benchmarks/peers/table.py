"""The tables of the comparison, from its files of results.

This module imports no neighbour, so that `render.py` can import it as a script.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Results = dict[str, Any]
TARGET = "0.98"
RATIOS = ("one_ms", "many_ms", "start_seconds", "start_peak_mb")
WAYS = {
    "lower case": "its own `set_ranges` of the lower-case characters",
    "both cases": "its own `set_ranges` of both cases, then folded to lower case",
    "search": "search over its probabilities of the blank and these characters in both cases",
    "search, others as blank": "the same search, with all other classes counted as the blank",
}
OF_DDDDOCR = (
    "The accuracy of ddddocr is that of the best way below; its times and sizes are of its newer "
    "network with `set_ranges`."
)
NETWORKS = {"default": "default network", "beta": "newer network (`beta=True`)"}


def render(folder: Path) -> str:
    """Return the tables of a folder of results."""
    return tables(
        _load(folder, "peers"),
        _load(folder, "peers_training"),
        _load(folder, "peers_few"),
        _load(folder, "crossval")["report"],
        _load(folder, "peers_ways"),
    )


def best_way(ways: Results) -> Results:
    """Return the scores of the way in which ddddocr reads the most images right."""
    accuracies: list[Results] = [way["accuracy"] for way in ways["ways"]]
    return max(accuracies, key=lambda accuracy: accuracy["all"]["correct"])


def tables(
    reading: Results, training: Results, few: Results, crossval: Results, ways: Results
) -> str:
    """Return the tables, each with a sentence about how it was measured.

    Args:
        reading: the document `peers.json`.
        training: `peers_training.json`, or empty.
        few: `peers_few.json`, or empty.
        crossval: the report of our cross-validation, with `correct`, `images` and `cer`.
        ways: `peers_ways.json`, or empty.
    """
    lines = [*_systems(reading, crossval, ways), "", *_ratios(reading)]
    if ways:
        lines += ["", *_ways(ways)]
    if training:
        lines += ["", *_training(training)]
    if few:
        lines += ["", *_few(few)]
    return "\n".join(lines) + "\n"


def _systems(reading: Results, crossval: Results, ways: Results) -> Iterator[str]:
    yield (
        "| system | validation split | all images | one image | best batch | images per second "
        "| process to first text | its memory | installed | network |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, found in reading["systems"].items():
        accuracy = best_way(ways) if ways and name == "ddddocr" else found["accuracy"]
        every = crossval if name == "ours" else accuracy.get("all")
        size = found["best_batch"]
        batch = "one by one" if size == 1 else f"{size} {found['batch_unit']}"
        yield _row(
            found["title"],
            _accuracy(accuracy["validation"]),
            _accuracy(every) if every else "",
            f"{found['one_ms']['median']:.2f} ms",
            f"{found['many_ms']['median']:.2f} ms ({batch})",
            f"{found['images_per_second']:,.0f}",
            f"{found['start_seconds']['median']:.2f} s",
            f"{found['start_peak_mb']['median']:.0f} MB",
            f"{found['install_mb']:,.0f} MB",
            f"{found['model_mb']:.1f} MB",
        )
    yield ""
    yield (
        f"`{reading['command']}` on {_processor(reading)}, {reading['environment']['date']}: all "
        "systems in one run, in turns, each with its own default number of threads, from files to "
        'texts; ours includes the confidences. Times are medians per image. "All images" counts '
        "only images that a system was not trained on: a system that comes trained reads all of "
        "them, ours is cross-validated." + (f" {OF_DDDDOCR}" if ways else "")
    )


def _ways(ways: Results) -> Iterator[str]:
    """Yield ddddocr's accuracy in each way of telling it which characters occur."""
    yield _row(f"{ways['title']}, told the 19 characters by", "validation split", "all images")
    yield "|---|---|---|"
    for way in ways["ways"]:
        scores = way["accuracy"]
        yield _row(
            f"{NETWORKS[way['network']]}: {WAYS[way['way']]}",
            *(_accuracy(scores[split]) for split in ("validation", "all")),
        )
    yield ""
    yield (
        f"`{ways['command']}`, {ways['environment']['date']}. `set_ranges` does not restrict the "
        "search: it decodes over all 8,210 classes, and then deletes the characters out of the "
        "range. So a range of lower-case characters deletes each letter that was read as a "
        "capital. A search without the other classes reads an end of the line through the text, "
        "which is often taken for a dash or another letter, as one more character; one that counts "
        "them as the blank does not."
    )


def _ratios(reading: Results) -> Iterator[str]:
    yield (
        "| as multiples of ours (95% interval) | one image | best batch | process to first text "
        "| its memory |"
    )
    yield "|---|---|---|---|---|"
    for name, ratios in reading["relative_to_ours"].items():
        cells = [
            f"{ratios[what]['ratio']:.3g} "
            f"({ratios[what]['low_95']:.3g} to {ratios[what]['high_95']:.3g})"
            for what in RATIOS
        ]
        yield _row(reading["systems"][name]["title"], *cells)


def _training(training: Results) -> Iterator[str]:
    systems = training["systems"]
    targets = list(next(iter(systems.values()))["seconds_to"])
    yield _row(
        "training",
        *(f"to {float(target):.0%}" for target in targets),
        "best",
        "whole command",
        f"to {float(TARGET):.0%}, as a multiple of ours",
    )
    yield f"|---|{'---|' * len(targets)}---|---|---|"
    ours = systems.get("ours", {})
    least = ours.get("seconds_to", {}).get(TARGET)
    for found in systems.values():
        reached = found["seconds_to"][TARGET]
        # Times on two machines do not compare.
        comparable = reached and least and _processor(found) == _processor(ours)
        yield _row(
            found["title"],
            *(_seconds(found["seconds_to"][target], found) for target in targets),
            f"{found['best_word_accuracy']:.1%}",
            f"{found['epochs']} epochs, {found['seconds_whole_command']:,.0f} s",
            f"{reached / least:.1f}" if comparable else "",
        )
    yield ""
    yield (
        f"`{training['command']}` on {machines(systems.values())}: seconds from the start of the "
        f"command to this share of {training['validation']} texts correct, the validation split "
        f"without the two wrong labels; {training['images']} training images, one system after "
        f"another; {_stopped(systems.values())}."
    )


def _few(few: Results) -> Iterator[str]:
    yield f"| trained on {few['images']} images | validation split | images never used |"
    yield "|---|---|---|"
    systems = few["systems"].values()
    for found in systems:
        runs = found["runs"]
        cells = []
        for split in ("validation", "unseen"):
            counts = ", ".join(str(run[split]["correct"]) for run in runs)
            mean = sum(run[split]["word_accuracy"] for run in runs) / len(runs)
            cells.append(f"{counts} of {runs[0][split]['images']} ({mean:.1%})")
        yield _row(found["title"], *cells)
    yield ""
    yield (
        f"`{few['command']}` on {machines(systems)}: one count per seed, which also samples the "
        "images, and the mean. All train as many steps as on the whole train split; "
        f"{_stopped(systems)}."
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _accuracy(score: Results) -> str:
    share = score["correct"] / score["images"]
    return f"{score['correct']} of {score['images']} ({share:.1%}), CER {score['cer']:.2%}"


def _seconds(value: float | None, found: Results) -> str:
    if value is None:
        return f"not in {found['seconds_whole_command'] / 60:.0f} min"
    return f"{value:,.0f} s"


def _stopped(systems: Iterable[Results]) -> str:
    """Return which trainings reached their time limit."""
    stopped = []
    for found in systems:
        runs = found.get("runs", [found])
        times = [(run["cap_minutes"], run["seconds_whole_command"] / 60) for run in runs]
        caps = sorted({cap for cap, minutes in times if minutes >= cap})
        if caps:
            limits = " or ".join(f"{cap:g}" for cap in caps)
            stopped.append(f"{found['title']} was stopped after {limits} minutes")
    return "; ".join(stopped) or "none was stopped"


def _load(folder: Path, name: str) -> Results:
    """Return one file of results; empty if its phase has not run."""
    path = folder / f"{name}.json"
    found: Results = json.loads(path.read_text()) if path.exists() else {}
    return found


def machines(systems: Iterable[Results]) -> str:
    """Return the machines on which systems with a `title` and an `environment` were measured."""
    groups: dict[str, list[Results]] = {}
    for found in systems:
        groups.setdefault(_processor(found), []).append(found)
    parts = []
    for processor, members in groups.items():
        titles = ", ".join(found["title"] for found in members)
        dates = " and ".join(sorted({found["environment"]["date"] for found in members}))
        parts.append(f"{f'{titles} on ' if parts else ''}{processor}, {dates}")
    return "; ".join(parts)


def _processor(results: Results) -> str:
    machine = results["environment"]
    return f"{machine['cores']} cores ({machine['processor']})"
