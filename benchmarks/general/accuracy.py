"""Measures what every reader reads in the sets, and compares ours with the others."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from benchmarks.general.ours import AS_IT_IS, OwnReader
from benchmarks.general.peers import PEERS, TITLES, open_peers, scores_of
from benchmarks.general.scores import (
    IGNORING_CASE,
    PRECISION,
    Scores,
    best,
    confidence_scores,
    mean,
)
from benchmarks.general.sets import KINDS, LabelledSet
from benchmarks.peers.ratios import summary
from benchmarks.peers.workplace import Workplace

PER_TURN = 10
TURNS = 3
OURS = "ours"

Results = dict[str, Any]


class StoredPeers:
    """What the other readers read in sets; it does not change, so it is kept in a file.

    Args:
        path: the file.
        write: writes a document to it.
    """

    def __init__(self, path: Path, write: Callable[[Results], object]) -> None:
        self._write = write
        stored = json.loads(path.read_text()) if path.exists() else {}
        self.document: Results = {
            "titles": TITLES,
            "versions": {},
            "digests": {},
            "sets": {},
            **{key: stored[key] for key in ("versions", "digests", "sets") if key in stored},
        }

    def missing(self, sets: Sequence[LabelledSet]) -> list[LabelledSet]:
        """Return the sets that are not in the file, or have changed since."""
        digests = self.document["digests"]
        return [one for one in sets if digests.get(one.name) != one.digest]

    def check(self, sets: Sequence[LabelledSet]) -> None:
        """Check that the file has the sets.

        Raises:
            ValueError: it lacks some.
        """
        if missing := self.missing(sets):
            raise ValueError(
                f"no stored readings of the other systems for {', '.join(s.name for s in missing)}"
                "; measure them with --peers missing"
            )

    def measure(self, place: Workplace, sets: Sequence[LabelledSet]) -> None:
        """Read sets with the other readers, and write after each one."""
        if not sets:
            return
        with open_peers(place) as readers:
            for peer in PEERS:
                self.document["versions"][peer.system] = readers[peer.name].facts()["versions"]
            for labelled in sets:
                found = scores_of(labelled, readers)
                _log(labelled, found)
                self.document["sets"][labelled.name] = found
                self.document["digests"][labelled.name] = labelled.digest
                self._write(self.document)


def measure_ours(reader: OwnReader, sets: Sequence[LabelledSet]) -> Results:
    """Read the sets with our model; return scores by set, and of all confidences of a kind."""
    found, readings = {}, {}
    for labelled in sets:
        read = readings[labelled.name] = reader.read(labelled.paths)
        found[labelled.name] = reader.scores(labelled, read)
        _log(labelled, {OURS: found[labelled.name]["ways"]})
    confidences = {}
    for kind in KINDS:
        shown = [one for one in sets if one.kind == kind and one.has_text]
        if shown:
            own = [readings[one.name] for one in shown]
            confidences[kind] = confidence_scores(
                [label for one in shown for label in one.labels],
                [text for read in own for text in read.texts],
                [confidence for read in own for confidence in read.confidences],
                sum(read.accepted for read in own),
            )
    return {
        "model": reader.name,
        "environment": environment(),
        "sets": found,
        "confidences": confidences,
    }


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

    A best way is that which reads most texts of a set right, chosen by its labels: with or without
    the set's characters, and for the others with each of their networks.
    """
    found: Results = {}
    for kind in KINDS:
        names = [one.name for one in sets if one.kind == kind and one.has_text]
        if not names:
            continue
        own = [ours["sets"][name]["ways"] for name in names]
        entry: Results = {"sets": len(names), "means": _means(OURS, own)}
        if peers:
            for system in TITLES:
                entry["means"] |= _means(system, [peers["sets"][name][system] for name in names])
            others = [peers["sets"][name].values() for name in names]
            entry["ahead_of_both"] = _ahead([ways[AS_IT_IS] for ways in own], others)
            entry["best_ahead_of_both"] = _ahead([best(ways) for ways in own], others)
        found[kind] = entry
    return found


def _means(system: str, sets: Sequence[Mapping[str, Scores]]) -> dict[str, float]:
    """Return a system's mean over sets by its best ways, and by every way that all sets have."""
    every = [way for way in sets[0] if all(way in ways for ways in sets)]
    return {
        system: mean([best(ways) for ways in sets]),
        **{f"{system}: {way}": mean([ways[way] for ways in sets]) for way in every},
    }


def _ahead(own: Sequence[Scores], others: Iterable[Iterable[Mapping[str, Scores]]]) -> int:
    """Return on how many sets ours reads more than the best ways of all others."""
    return sum(
        scores[IGNORING_CASE] > max(best(ways)[IGNORING_CASE] for ways in systems)
        for scores, systems in zip(own, others, strict=True)
    )


def to_text(comparison: Results, ours: Results) -> Iterator[str]:
    """Yield three lines for each kind of sets: the means, and what our confidences are worth."""
    for kind, entry in comparison.items():
        means = entry["means"]
        shown = ", ".join(f"{name} {means[name]:.1%}" for name in means if ":" not in name)
        as_it_is, ahead = means[f"{OURS}: {AS_IT_IS}"], entry.get("best_ahead_of_both")
        more = "" if ahead is None else f"; ahead of both on {ahead}"
        yield f"{kind}: mean over {entry['sets']} sets with text, by the best ways: {shown}{more}"
        ahead = entry.get("ahead_of_both")
        more = "" if ahead is None else f", ahead of both on {ahead}"
        yield f"  ours without the characters of the set: {as_it_is:.1%}{more}"
        worth = ours["confidences"][kind]
        yield (
            f"  all readings of ours: ECE {worth['ece']:.2%}, AUROC {worth['auroc']}, coverage at "
            f"{PRECISION:.0%} precision {worth['coverage']:.1%}, accepted {worth['accepted']}"
        )


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
