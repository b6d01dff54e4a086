"""The table of what a few labels make of `general`, from `few.json` and the results of `general`.

This module imports no neighbour, so that `render.py` can import it as a script.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

Results = dict[str, Any]
KINDS = {"real": "real sets", "generators": "generators"}
OTHERS = {"ddddocr": "ddddocr", "rapidocr": "RapidOCR"}


def render(folder: Path) -> str:
    """Return the table of a folder of results, and what its figures are."""
    return "\n".join(_lines(*documents(folder))) + "\n"


def documents(folder: Path) -> tuple[Results, Results, Results]:
    """Return what `few.json`, `general.json` and `general_peers.json` of a folder hold."""
    few, general, peers = (
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("few", "general", "general_peers")
    )
    return few, general, peers


def counts_of(few: Results) -> list[int]:
    """Return the numbers of labels that were measured, the smallest first."""
    return sorted({int(count) for facts in few["sets"].values() for count in facts["labels"]})


def _lines(few: Results, general: Results, peers: Results) -> Iterator[str]:
    sets = few["sets"]
    counts = counts_of(few)
    yield _row(
        *("set", "ddddocr or RapidOCR", "`general`, no labels"),
        *(f"{count} labels" for count in counts),
        *(f"accepted and right, {count} labels" for count in counts),
    )
    yield "|---" * (3 + 2 * len(counts)) + "|"
    for kind, title in KINDS.items():
        names = [name for name in general["sets"] if name in sets and sets[name]["kind"] == kind]
        rows = [of_set(name, sets[name], counts, general, peers) for name in names]
        for name, (shares, accepted) in zip(names, rows, strict=True):
            yield _row(name, *map(_percent, shares), *accepted)
        if rows:
            columns = zip(*(shares for shares, _ in rows), strict=True)
            known = [[share for share in column if share is not None] for column in columns]
            means = [
                f"**{fmean(column):.1%}** ({len(column)})" if column else "" for column in known
            ]
            yield _row(f"**mean of {title}** (of how many)", *means, *[""] * len(counts))
    seconds = {
        count: [
            scores["seconds"]
            for facts in sets.values()
            for scores in facts["labels"].get(str(count), {}).values()
            if "seconds" in scores
        ]
        for count in counts
    }
    times = ", ".join(
        f"{min(found):.0f} to {max(found):.0f} s for {count}"
        for count, found in seconds.items()
        if found
    )
    machine = few["environment"]
    processor = machine["processor"].removesuffix(" Processor")
    yield ""
    yield (
        f"`{few['command']} --sets FOLDER` on {machine['cores']} cores ({processor}), "
        f"{machine['date']}: `captcha-model train` with its defaults on some images of a set, and "
        "texts of all its other images right, case ignored, as the mean over the seeds that were "
        f"measured. A command takes {times}, from its start. The others read without labels, by "
        "the better of their best ways; accepted readings are those above the model's own "
        "threshold."
    )
    yield from _one_view(sets)


def _one_view(sets: Results) -> Iterator[str]:
    """Yield what the same models read with one view, where that was measured."""
    pairs = [
        (share_right(scores), scores["one_view"] / scores["images"])
        for facts in sets.values()
        for seeds in facts["labels"].values()
        for scores in seeds.values()
        if "one_view" in scores
    ]
    if pairs:
        several, one = map(fmean, zip(*pairs, strict=True))
        yield ""
        yield (
            f"With `--views 1` the same {len(pairs)} models read {one:.1%} on average instead of "
            f"{several:.1%}; {sum(a > b for a, b in pairs)} of them read fewer texts, "
            f"{sum(a < b for a, b in pairs)} more."
        )


def of_set(
    name: str, facts: Results, counts: list[int], general: Results, peers: Results
) -> tuple[list[float | None], list[str]]:
    """Return the shares of texts right and what is accepted.

    The shares are the better one of the others, `general` without labels, and ours with each number
    of labels; None where that was not measured.
    """
    others = max(best_share(peers["sets"][name][system]) for system in OTHERS)
    shares: list[float | None] = [
        others,
        share_right(general["ours"]["sets"][name]["ways"]["as it is"]),
    ]
    accepted = []
    for count in counts:
        seeds = [s for s in facts["labels"].get(str(count), {}).values() if "error" not in s]
        shares.append(fmean(map(share_right, seeds)) if seeds else None)
        right, all_of_them = (sum(s[key] for s in seeds) for key in ("accepted_right", "accepted"))
        accepted.append(f"{right} of {all_of_them}" if seeds else "")
    return shares, accepted


def best_share(ways: Results) -> float:
    """Return the share of texts right of the way that reads most of a set."""
    return max(map(share_right, ways.values()))


def share_right(scores: Results) -> float:
    """Return the share of texts right, case ignored."""
    return float(scores["ignoring_case"] / scores["images"])


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
