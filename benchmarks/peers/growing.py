"""A file of results to which every system adds its figures, so that each can be measured alone."""

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from benchmarks.peers.systems import SYSTEMS

MACHINE = ("cores", "processor")


class GrowingResult:
    """Figures of systems, of which those on one machine and one set of images stand together.

    Args:
        path: the file; what it holds of another machine or other images is dropped.
        frame: what the systems have in common, such as the number of images.
        write: writes figures to the file.
    """

    def __init__(
        self, path: Path, frame: Mapping[str, Any], write: Callable[[dict[str, Any]], object]
    ) -> None:
        self._write = write
        self._systems: dict[str, Any] = {}
        self._frame = dict(frame)
        if path.exists():
            old = json.loads(path.read_text())
            if _fits(old, self._frame):
                self._systems = old["systems"]

    def of(self, name: str) -> dict[str, Any]:
        """Return one system's figures; none where it has not been measured."""
        found: dict[str, Any] = self._systems.get(name, {})
        return found

    def add(self, name: str, figures: Mapping[str, Any]) -> None:
        """Put one system's figures in the place of older ones, and write the file."""
        system = SYSTEMS[name]
        about = {
            "title": system.title,
            "requirements": list(system.training_requirements or system.requirements),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }
        self._systems[name] = {**about, **figures}
        self._write(self.document)

    @property
    def document(self) -> dict[str, Any]:
        """What is written, with the systems in the order of the tables."""
        systems = {name: self._systems[name] for name in SYSTEMS if name in self._systems}
        return {**self._frame, "systems": systems}


def _fits(old: Mapping[str, Any], frame: Mapping[str, Any]) -> bool:
    machine = environment()
    return all(old["environment"][what] == machine[what] for what in MACHINE) and all(
        old.get(what) == value for what, value in frame.items()
    )
