"""The other readers, and what they read in a set by each way of telling them its characters."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.general.scores import Scores, score, with_case_of
from benchmarks.general.sets import LabelledSet
from benchmarks.peers.client import Reader, command
from benchmarks.peers.systems import DDDDOCR, RAPIDOCR, SYSTEMS, WORKERS
from benchmarks.peers.workplace import Workplace

AS_IT_IS = "as it is"
DROPPED = "other characters dropped"
NETWORKS = ("default", "beta")


@dataclass(frozen=True)
class Peer:
    """One reader, of which a system may have several.

    Attributes:
        system: its short name.
        script: in the folder of the workers.
        network: which of the system's networks; None if there is one.
    """

    system: str
    script: str
    network: str | None = None

    @property
    def name(self) -> str:
        """Its short name with that of the network."""
        return f"{self.system}-{self.network}" if self.network else self.system

    def command(self, place: Workplace) -> list[str]:
        """Return the command that runs its script."""
        python, _, *_ = command(place, self.system)
        options = ["--model", self.network] if self.network else []
        return [python, str(WORKERS / self.script), *options]


PEERS = (
    *(Peer(DDDDOCR, "general_ddddocr.py", network) for network in NETWORKS),
    Peer(RAPIDOCR, "general_rapidocr.py"),
)
TITLES = {name: SYSTEMS[name].title for name in (DDDDOCR, RAPIDOCR)}


@contextlib.contextmanager
def open_peers(place: Workplace) -> Iterator[dict[str, Reader]]:
    """Install what is missing, and run every reader; yield them by name."""
    place.prepare([DDDDOCR, RAPIDOCR], to_read=True)
    with contextlib.ExitStack() as stack:
        yield {
            peer.name: stack.enter_context(
                Reader(peer.name, peer.command(place), place.folder / f"general-{peer.name}.log")
            )
            for peer in PEERS
        }


def scores_of(labelled: LabelledSet, readers: Mapping[str, Reader]) -> dict[str, dict[str, Scores]]:
    """Return the scores of a set by system and way."""
    found: dict[str, dict[str, Scores]] = {}
    for peer in PEERS:
        of_system = found.setdefault(peer.system, {})
        for way, texts in _texts(peer, readers[peer.name], labelled).items():
            name = f"{peer.network}, {way}" if peer.network else way
            of_system[name] = score(labelled.labels, texts)
    return found


def _texts(peer: Peer, reader: Reader, labelled: LabelledSet) -> dict[str, list[str]]:
    """Return the texts of a set by each way; only the first is not told its characters."""
    characters, texts = labelled.characters, {}
    if peer.network is None:  # Its probabilities are not to be had.
        texts[AS_IT_IS] = reader.one_by_one(labelled.plain)[0]
        allowed = {*characters.lower(), *characters.upper()}
        texts[DROPPED] = ["".join(c for c in text if c in allowed) for text in texts[AS_IT_IS]]
        return texts
    for ways in reader.ways(labelled.plain, characters):
        for way, text in ways.items():
            texts.setdefault(way, []).append(text)
    return {
        way: read if way == AS_IT_IS else [with_case_of(labelled.labels, text) for text in read]
        for way, read in texts.items()
    }
