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
    yield _row("set", "images", f"`{ours['model']}`", *(f"{t}, its best way" for t in titles))
    yield "|---|---|---|---|---|"
    for kind, title in KINDS.items():
        for name, facts in found["sets"].items():
            if facts["kind"] == kind:
                own = ours["sets"][name]["ways"]["as it is"]
                others = [_best(peers["sets"][name][system]) for system in SYSTEMS]
                cells = [_share(scores) for scores in (own, *others)]
                yield _row(name, str(facts["images"]), *cells)
        entry = found["comparison"].get(kind)
        if entry:
            means = [f"**{entry['means'][name]:.1%}**" for name in ("ours", *SYSTEMS)]
            yield _row(f"**mean of {entry['sets']} {title} with text**", "", *means)
    yield ""
    machine = peers["environment"]
    ahead = ", ".join(
        f"{entry['ahead_of_both']} of {entry['sets']} {KINDS[kind]}"
        for kind, entry in found["comparison"].items()
    )
    yield (
        f"`{found['command']}`, {ours['environment']['date']} (the other systems: "
        f"{machine['date']}): whole texts right, case ignored, with the Wilson 95% interval. No "
        "system was trained on these images. Transparency is on white for the others. Theirs is "
        "for each set the way that reads most of it, chosen by its labels: ddddocr's default or "
        "newer network, as it is or with a search among the set's characters in both cases; "
        "RapidOCR's recognition alone (PP-OCRv6 small), as it is or without other characters. "
        f"`{ours['model']}` reads as it does by default. It reads more than both on {ahead}."
    )
    yield ""
    yield "| mean over the sets with text, by the way | real sets | generators |"
    yield "|---|---|---|"
    means = {kind: entry["means"] for kind, entry in found["comparison"].items()}
    for way in next(iter(means.values())):
        if ":" in way:
            system, _, name = way.partition(": ")
            shown = [f"{means[k][way]:.1%}" if k in means else "" for k in KINDS]
            yield _row(f"{SYSTEMS[system]}, {name}", *shown)


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
