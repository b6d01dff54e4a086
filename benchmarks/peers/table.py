"""The comparison's tables for the README, from its files of results.

It imports nothing of its neighbours, so that `render.py` can use it as a script.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Results = dict[str, Any]
TARGET = "0.98"


def render(folder: Path) -> str:
    """Return what `tables` does, from a folder of results."""
    ours = _load(folder, "crossval")["report"]
    others = _load(folder, "peers_folds").get("systems", {})
    return tables(
        _load(folder, "peers"),
        _load(folder, "peers_training"),
        _load(folder, "peers_few"),
        {"ours": {**ours, "right": ours["correct"]}, **others},
    )


def tables(reading: Results, training: Results, few: Results, folds: Results) -> str:
    """Return the tables with the sentences that say what they are.

    Args:
        reading: `peers.json`.
        training: `peers_training.json`, or nothing.
        few: `peers_few.json`, likewise.
        folds: the texts right out of fold by system, with `right`, `images` and `cer`, of those of
            which it is known.
    """
    lines = [*_systems(reading, folds), "", *_ratios(reading)]
    if training:
        lines += ["", *_training(training)]
    if few:
        lines += ["", *_few(few)]
    return "\n".join(lines) + "\n"


def _systems(reading: Results, folds: Results) -> Iterator[str]:
    yield (
        "| system | validation part | all images | one image | best at once | images a second "
        "| process to first text | its memory | installed | network |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, found in reading["systems"].items():
        every = folds.get(name) or found["accuracy"].get("all")
        cells = [
            found["title"],
            _right(found["accuracy"]["validation"]),
            _right(every) if every else "",
            f"{found['one_ms']['median']:.2f} ms",
            f"{found['many_ms']['median']:.2f} ms ({_at_once(found)})",
            f"{found['images_a_second']:,.0f}",
            f"{found['start_seconds']['median']:.2f} s",
            f"{found['start_peak_mb']['median']:.0f} MB",
            f"{found['install_mb']:,.0f} MB",
            f"{found['model_mb']:.1f} MB",
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield (
        f"`{reading['command']}` on {_machine(reading)}: all systems in one run, by turns, each "
        "with its own defaults for threads, from files on the disk to texts, and ours with its "
        "confidences. The times are medians of an image. Of all images those count that a system "
        "has not learned from: what comes trained reads them all, what was trained on this set is "
        "read out of fold."
    )


def _ratios(reading: Results) -> Iterator[str]:
    whats = ("one_ms", "many_ms", "start_seconds", "start_peak_mb")
    yield (
        "| times ours (95 % interval) | one image | best at once | process to first text "
        "| its memory |"
    )
    yield "|---|---|---|---|---|"
    for name, ratios in reading["times_ours"].items():
        cells = [reading["systems"][name]["title"], *(_ratio(ratios[what]) for what in whats)]
        yield f"| {' | '.join(cells)} |"


def _training(training: Results) -> Iterator[str]:
    systems = training["systems"]
    targets = list(next(iter(systems.values()))["seconds_to"])
    yield (
        f"| training | {' | '.join(f'to {float(t):.0%}' for t in targets)} | best | in all "
        f"| to {float(TARGET):.0%}, times ours |"
    )
    yield f"|---|{'---|' * len(targets)}---|---|---|"
    ours = systems.get("ours", {})
    least = ours.get("seconds_to", {}).get(TARGET)
    for found in systems.values():
        times = [_seconds(found["seconds_to"][target], found) for target in targets]
        best = f"{found['best_word_accuracy']:.1%}"
        whole = f"{found['epochs']} epochs, {found['seconds_whole_command']:,.0f} s"
        reached = found["seconds_to"][TARGET]
        # Seconds on two machines cannot be compared.
        comparable = reached and least and _processor(found) == _processor(ours)
        times_ours = f"{reached / least:.1f}" if comparable else ""
        yield f"| {found['title']} | {' | '.join([*times, best, whole, times_ours])} |"
    yield ""
    yield (
        f"`{training['command']}` on {machines(systems.values())}: from the command's start to "
        f"such a share of {training['validation']} texts right, which are the validation part "
        f"without the two whose labels are wrong; {training['images']} images to learn from, one "
        f"system after another; {_stopped(systems.values())}."
    )


def _few(few: Results) -> Iterator[str]:
    yield f"| trained on {few['images']} images | validation part | images that none has used |"
    yield "|---|---|---|"
    systems = few["systems"].values()
    for found in systems:
        runs = found["runs"]
        cells = [
            ", ".join(f"{run[part]['right']}" for run in runs)
            + f" of {runs[0][part]['images']} ({_mean(runs, part):.1%})"
            for part in ("validation", "unseen")
        ]
        yield f"| {found['title']} | {' | '.join(cells)} |"
    yield ""
    yield (
        f"`{few['command']}` on {machines(systems)}: one figure for each seed, which also draws "
        "the images, and the mean. All have as many steps as with the whole train part; "
        f"{_stopped(systems)}."
    )


def _right(score: Results) -> str:
    share = score["right"] / score["images"]
    return f"{score['right']} of {score['images']} ({share:.1%}), CER {score['cer']:.2%}"


def _at_once(found: Results) -> str:
    size = found["best_at_once"]
    return "one by one" if size == 1 else f"{size} {found['at_once']}"


def _ratio(found: Results) -> str:
    return f"{found['ratio']:.3g} ({found['low_95']:.3g} to {found['high_95']:.3g})"


def _seconds(value: float | None, found: Results) -> str:
    if value is None:
        return f"not in {found['seconds_whole_command'] / 60:.0f} min"
    return f"{value:,.0f} s"


def _stopped(systems: Iterable[Results]) -> str:
    """Say which trainings did not end by themselves."""
    said = []
    for found in systems:
        runs = found.get("runs", [found])
        whole = [(run["cap_minutes"], run["seconds_whole_command"] / 60) for run in runs]
        over = sorted({cap for cap, minutes in whole if minutes >= cap})
        if over:
            limits = " or ".join(f"{cap:g}" for cap in over)
            said.append(f"{found['title']} was stopped after {limits} minutes")
    return "; ".join(said) or "none was stopped"


def _mean(runs: list[Results], part: str) -> float:
    shares = [run[part]["word_accuracy"] for run in runs]
    return float(sum(shares)) / len(shares)


def _load(folder: Path, name: str) -> Results:
    """Return one file of results; nothing where that phase has not run."""
    path = folder / f"{name}.json"
    found: Results = json.loads(path.read_text()) if path.exists() else {}
    return found


def machines(systems: Iterable[Results]) -> str:
    """Say on which machines systems with a `title` and an `environment` were measured."""
    groups: dict[str, list[Results]] = {}
    for found in systems:
        groups.setdefault(_processor(found), []).append(found)
    said = []
    for processor, members in groups.items():
        titles = ", ".join(found["title"] for found in members)
        dates = " and ".join(sorted({found["environment"]["date"] for found in members}))
        said.append(f"{f'{titles} on ' if said else ''}{processor}, {dates}")
    return "; ".join(said)


def _machine(results: Results) -> str:
    return f"{_processor(results)}, {results['environment']['date']}"


def _processor(results: Results) -> str:
    machine = results["environment"]
    return f"{machine['cores']} cores ({machine['processor']})"
