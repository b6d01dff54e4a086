"""Measures what every reader reads in the sets, and compares ours with the others."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from benchmarks.general.ours import AS_IT_IS, OwnReader
from benchmarks.general.peers import PEERS, TITLES, open_peers, scores_of
from benchmarks.general.scores import IGNORING_CASE, Scores, best, mean
from benchmarks.general.sets import KINDS, LabelledSet
from benchmarks.peers.ratios import summary
from benchmarks.peers.workplace import Workplace

PER_TURN = 10
TURNS = 3
OURS = "ours"

Results = dict[str, Any]


def measure_peers(place: Workplace, sets: Sequence[LabelledSet]) -> Results:
    """Read the sets with the other readers; return scores by set and system."""
    with open_peers(place) as readers:
        found = {}
        for labelled in sets:
            found[labelled.name] = scores_of(labelled, readers)
            _log(labelled, found[labelled.name])
        versions = {name: reader.facts()["versions"] for name, reader in readers.items()}
    return {
        "environment": environment(),
        "titles": TITLES,
        "versions": {peer.system: versions[peer.name] for peer in PEERS},
        "digests": {labelled.name: labelled.digest for labelled in sets},
        "sets": found,
    }


def stored_peers(path: Path) -> Results:
    """Return the other readers' part of an earlier file of results."""
    if not path.exists():
        return {}
    peers: Results = json.loads(path.read_text()).get("peers", {})
    return peers


def check_stored(peers: Mapping[str, Any], sets: Sequence[LabelledSet]) -> None:
    """Check that the stored scores are of the same images.

    Raises:
        ValueError: a set is missing or has changed since.
    """
    digests = peers.get("digests", {})
    changed = [one.name for one in sets if digests.get(one.name) != one.digest]
    if changed:
        raise ValueError(
            f"no stored readings of the other systems for {', '.join(changed)}; "
            "measure them with --peers measure"
        )


def measure_ours(reader: OwnReader, sets: Sequence[LabelledSet]) -> Results:
    """Read the sets with our model; return scores by set."""
    found = {}
    for labelled in sets:
        found[labelled.name] = reader.scores(labelled)
        _log(labelled, {OURS: found[labelled.name]["ways"]})
    return {"model": reader.name, "environment": environment(), "sets": found}


def measure_times(
    place: Workplace, reader: OwnReader, sets: Sequence[LabelledSet]
) -> dict[str, dict[str, Any]]:
    """Return the milliseconds an image by set and reader, all of them read by turns."""
    found: dict[str, dict[str, Any]] = {}
    with open_peers(place) as readers:
        for labelled in sets:
            times: dict[str, list[float]] = {OURS: [], **{name: [] for name in readers}}
            for turn in range(TURNS):
                part = slice(turn * PER_TURN, (turn + 1) * PER_TURN)
                times[OURS] += reader.seconds(labelled.paths[part])
                for name, peer in readers.items():
                    times[name] += peer.one_by_one(labelled.plain[part])[1]
            found[labelled.name] = {
                name: summary([1000 * second for second in seconds])
                for name, seconds in times.items()
            }
    return found


def compare(sets: Sequence[LabelledSet], ours: Results, peers: Results | None) -> Results:
    """Return the means over the sets with text of each kind, and on how many ours is ahead.

    The other readers have the way that reads most texts of a set right, chosen by its labels; ours
    reads as it does by default.
    """
    found: Results = {}
    for kind in KINDS:
        names = [one.name for one in sets if one.kind == kind and one.has_text]
        if not names:
            continue
        own = [ours["sets"][name]["ways"][AS_IT_IS] for name in names]
        entry: Results = {"sets": len(names), "means": {OURS: mean(own)}}
        if peers:
            for system in TITLES:
                others = [peers["sets"][name][system] for name in names]
                entry["means"][system] = mean([best(ways) for ways in others])
                for way in others[0]:
                    entry["means"][f"{system}: {way}"] = mean([ways[way] for ways in others])
            entry["ahead_of_both"] = sum(
                scores[IGNORING_CASE]
                > max(best(ways)[IGNORING_CASE] for ways in peers["sets"][name].values())
                for name, scores in zip(names, own, strict=True)
            )
        found[kind] = entry
    return found


def to_text(comparison: Results) -> Iterator[str]:
    """Yield a line for each kind of sets."""
    for kind, entry in comparison.items():
        means = entry["means"]
        shown = ", ".join(f"{name} {means[name]:.1%}" for name in means if ":" not in name)
        ahead = entry.get("ahead_of_both")
        more = "" if ahead is None else f"; ahead of both on {ahead}"
        yield f"{kind}: mean over {entry['sets']} sets with text: {shown}{more}"


def _log(labelled: LabelledSet, systems: Mapping[str, Mapping[str, Scores]]) -> None:
    cells = [f"{labelled.kind:10} {labelled.name:30} n={len(labelled.labels):<4}"]
    for system, ways in systems.items():
        one = ways[AS_IT_IS] if system == OURS else best(ways)
        low, high = one[f"{IGNORING_CASE}_95"]
        share, exact = one[IGNORING_CASE] / one["images"], one["exact"] / one["images"]
        cells.append(
            f"{system} {share:6.1%} ({low:.1%} to {high:.1%}; exact {exact:.1%}, "
            f"CER {one['cer']:.1%})"
        )
    print("  ".join(cells), file=sys.stderr, flush=True)
