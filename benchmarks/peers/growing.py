"""A file of results to which every system adds its figures, so that each can be measured alone."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from benchmarks.peers.systems import SYSTEMS

MACHINE = ("cores", "processor")


class GrowingResult:
    """Figures of systems, each with the machine that it was measured on.

    Args:
        path: the file; what it holds of other images is dropped.
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
            if all(old.get(what) == value for what, value in self._frame.items()):
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
            "environment": environment(),
        }
        self._systems[name] = {**about, **figures}
        self._write(self.document)

    @property
    def document(self) -> dict[str, Any]:
        """What is written, with the systems in the order of the tables."""
        systems = {name: self._systems[name] for name in SYSTEMS if name in self._systems}
        return {**self._frame, "systems": systems}

    @property
    def here(self) -> dict[str, Any]:
        """The document without the systems that were measured on another machine."""
        machine = environment()
        document = self.document
        systems = {
            name: found
            for name, found in document["systems"].items()
            if all(found["environment"][what] == machine[what] for what in MACHINE)
        }
        return {**document, "systems": systems}
