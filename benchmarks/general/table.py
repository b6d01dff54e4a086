"""The tables of what is read without training, from `general.json` and `general_speed.json`.

This module imports no neighbour, so that `render.py` can import it as a script.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Results = dict[str, Any]
KINDS = {"real": "real sets", "generators": "generators"}
SYSTEMS = {"ddddocr": "ddddocr", "rapidocr": "RapidOCR"}
TIMES = {
    "one_ms": ("one image", "ms"),
    "many_ms": ("an image of a list", "ms"),
    "start_seconds": ("a process, to its first text", "s"),
    "start_peak_mb": ("its memory", "MB"),
}


def render(folder: Path) -> str:
    """Return the tables of a folder of results."""
    found, peers = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("general", "general_peers")
    )
    lines = list(_accuracies(found, peers))
    speed = folder / "general_speed.json"
    if speed.exists():
        lines += ["", *_speed(json.loads(speed.read_text()))]
    return "\n".join(lines) + "\n"


def _accuracies(found: Results, peers: Results) -> Iterator[str]:
    ours = found["ours"]
    titles = [peers["titles"][name] for name in SYSTEMS]
    title = f"`{ours['model']}`"
    yield _row("set", "images", title, *(f"{t}, its best way" for t in (title, *titles)))
    yield "|---|---|---|---|---|---|"
    for kind, kinds in KINDS.items():
        for name, facts in found["sets"].items():
            if facts["kind"] == kind:
                own = ours["sets"][name]["ways"]
                others = [peers["sets"][name][system] for system in SYSTEMS]
                cells = map(_share, (own["as it is"], *map(_best, (own, *others))))
                yield _row(name, str(facts["images"]), *cells)
        entry = found["comparison"].get(kind)
        if entry:
            shown = ("ours: as it is", "ours", *SYSTEMS)
            means = [f"**{entry['means'][name]:.1%}**" for name in shown]
            yield _row(f"**mean of {entry['sets']} {kinds} with text**", "", *means)
    yield ""
    machine = peers["environment"]
    ahead = ", ".join(
        f"{entry['ahead_of_both']} ({entry['best_ahead_of_both']}) of {entry['sets']} {KINDS[kind]}"
        for kind, entry in found["comparison"].items()
    )
    yield (
        f"`{found['command']}`, {ours['environment']['date']} (the other systems: "
        f"{machine['date']}): whole texts right, case ignored, with the Wilson 95% interval. No "
        "system was trained on these images. Transparency is on white for the others. A "
        "best way is for each set the one that reads most of it, chosen by its labels: as a system "
        "reads by default, or told the set's characters in both cases. "
        f"`{ours['model']}` gets them as `charset`, and may look at five views; ddddocr's default "
        "or newer network has a search among them; of what RapidOCR's recognition alone (PP-OCRv6 "
        f"small) reads, other characters are dropped. `{ours['model']}` reads by default (by its "
        f"best way) more than both on {ahead}."
    )
    yield ""
    yield "| mean over the sets with text, by the way | real sets | generators |"
    yield "|---|---|---|"
    means = {kind: entry["means"] for kind, entry in found["comparison"].items()}
    for way in next(iter(means.values())):
        if ":" in way:
            system, _, name = way.partition(": ")
            shown = [f"{means[k][way]:.1%}" if k in means else "" for k in KINDS]
            yield _row(f"{({'ours': title} | SYSTEMS)[system]}, {name}", *shown)


def _speed(found: Results) -> Iterator[str]:
    systems = found["systems"]
    titles = [systems[name]["title"] for name in systems]
    yield _row(f"`{found['model']}` and others, {found['images']} images", *titles)
    yield "|---|" + "---|" * len(titles)
    for key, (title, unit) in TIMES.items():
        digits = 2 if unit != "MB" else 0
        cells = []
        for name, system in systems.items():
            cell = f"{system[key]['median']:.{digits}f} {unit}"
            if name != "ours":
                times = found["relative_to_ours"][name][key]
                cell += f" ({times['ratio']:.1f}, {times['low_95']:.1f} to {times['high_95']:.1f})"
            cells.append(cell)
        yield _row(title, *cells)
    yield _row("memory after lists", *(f"{s['many_peak_mb']:.0f} MB" for s in systems.values()))
    yield _row("network", *(f"{s['model_mb']:.1f} MB" for s in systems.values()))
    yield ""
    machine = found["environment"]
    processor = machine["processor"].removesuffix(" Processor")
    yield (
        f"`{found['command']}` on {machine['cores']} cores ({processor}), {machine['date']}: by "
        "turns, medians, and in brackets how many times ours, with its 95% interval. Images of all "
        "sets; ddddocr's default network."
    )


def _best(ways: Results) -> Results:
    best: Results = max(ways.values(), key=lambda scores: scores["ignoring_case"])
    return best


def _share(scores: Results) -> str:
    low, high = scores["ignoring_case_95"]
    return f"{scores['ignoring_case'] / scores['images']:.1%} ({low:.1%} to {high:.1%})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
