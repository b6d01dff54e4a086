"""The table of `docs/strength.md`, from `generators.json`.

This module imports no neighbour, so that `render.py` can import it as a script.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

Results = dict[str, Any]
READERS = {"ours": "ours", "ddddocr": "ddddocr", "rapidocr": "RapidOCR"}
AS_IT_IS = "as it is"
BROKEN, RESISTS = 0.01, 0.02
OPEN = 0.5
REGISTRIES = {"pypi": "PyPI", "npm": "npm", "debian": "Debian"}


def render(folder: Path) -> str:
    """Return the table of a folder of results."""
    found = json.loads((folder / "generators.json").read_text())
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Results) -> Iterator[str]:
    labels = sorted(
        {int(count) for one in _settings(found) for count in _learned(one)},
    )
    titles = {**READERS, **found["titles"]}
    head = [titles[name] for name in READERS] + [f"{count} labels" for count in labels]
    yield _row("generator, setting", "what is harder", *head, "without training")
    yield "|---|---|" + "---|" * (len(head) + 1)
    for name, generator in found["generators"].items():
        for setting, entry in generator["settings"].items():
            shares = [_best(ways) for reader, ways in entry["readers"].items() if reader in READERS]
            learned = _learned(entry)
            cells = [_share(scores) for scores in shares]
            cells += [
                _share(_best(learned[str(count)])) if str(count) in learned else ""
                for count in labels
            ]
            title = f"**{name} {generator['version']}**, {setting}"
            yield _row(title, entry["harder"] or generator["texts"], *cells, _verdict(shares))
    yield ""
    yield _how(found, labels)
    yield ""
    if labels:
        yield _means(found, labels)
        yield ""
    resisting = [
        f"{name} at its setting `{setting}`"
        for name, generator in found["generators"].items()
        for setting, entry in generator["settings"].items()
        if _verdict(list(map(_best, entry["readers"].values()))) == "resists"
    ]
    count = sum(1 for _ in _settings(found))
    yield (
        f"Of these {count} settings, {len(resisting)} resist reading without training"
        + (f": {'; '.join(resisting)}." if resisting else ".")
    )


def _how(found: Results, labels: list[int]) -> str:
    generators = found["generators"].values()
    dates = sorted({one["environment"]["date"] for one in generators})
    images = sorted({one["images"] for one in generators})
    models = ", ".join(sorted({f"`{one['model']}`" for one in generators}))
    by_registry = {
        title: [name for name, one in found["generators"].items() if one["registry"] == key]
        for key, title in REGISTRIES.items()
    }
    origins = "; ".join(f"{title}: {', '.join(n)}" for title, n in by_registry.items() if n)
    unseeded = ", ".join(n for n, g in found["generators"].items() if not g["seeded"])
    chance = f" The chance of {unseeded} cannot be seeded." if unseeded else ""
    left_out = "; ".join(f"{name} is {why}" for name, why in found["left_out"].items())
    learning = [one["learning"] for one in _settings(found) if "learning" in one]
    days = " and ".join(sorted({one["date"] for one in learning if "date" in one}))
    after = (
        f" After labels{f' ({days})' if days else ''}: {learning[0]['learner']} with so many "
        "further images of the generator, as it is by default."
        if labels and learning
        else ""
    )
    return (
        f"`{found['command']}`, {' and '.join(dates)}: {' or '.join(map(str, images))} images of "
        f"each setting; whole texts right, case ignored, with the Wilson 95% interval, each reader "
        f"in the way that reads most of it (told the characters or not). Ours is {models}."
        f"{after} The generators come from {origins}.{chance} "
        f"Left out: {left_out}. Resists: surely less than {RESISTS:.0%} is read by the best of "
        f"them; weak: surely {BROKEN:.0%} or more; no protection: at least {OPEN:.0%}."
    )


def _means(found: Results, labels: list[int]) -> str:
    """Return what ours reads on average of the settings that it learned with every count."""
    learned = [one for one in _settings(found) if set(map(str, labels)) <= _learned(one).keys()]
    if not learned:
        return "No setting was learned with all of these numbers of labels."
    ways = [one["readers"]["ours"] for one in learned]
    after = ", ".join(
        f"{fmean(_portion(_best(_learned(one)[str(count)])) for one in learned):.1%} after {count}"
        for count in labels
    )
    return (
        f"On average over the {len(learned)} settings with labels, ours reads "
        f"{fmean(_portion(way[AS_IT_IS]) for way in ways):.1%} as it is and "
        f"{fmean(map(_portion, map(_best, ways))):.1%} by its best ways without any, and {after} "
        "labels. An empty cell was not measured."
    )


def _settings(found: Results) -> Iterator[Results]:
    for generator in found["generators"].values():
        yield from generator["settings"].values()


def _learned(entry: Results) -> Results:
    labels: Results = entry.get("learning", {}).get("labels", {})
    return labels


def _verdict(shares: list[Results]) -> str:
    best = max(shares, key=lambda scores: scores["ignoring_case"])
    low, high = best["ignoring_case_95"]
    if best["ignoring_case"] >= OPEN * best["images"]:
        return "no protection"
    if low >= BROKEN:
        return "weak"
    return "resists" if high < RESISTS else "not decided"


def _best(ways: Results) -> Results:
    best: Results = max(ways.values(), key=lambda scores: scores["ignoring_case"])
    return best


def _portion(scores: Results) -> float:
    return float(scores["ignoring_case"] / scores["images"])


def _share(scores: Results) -> str:
    low, high = scores["ignoring_case_95"]
    return f"{_portion(scores):.1%} ({low:.1%} to {high:.1%})"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
