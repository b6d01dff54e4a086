"""A file of results to which each system adds its own, so that systems can be measured alone."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.common import environment
from benchmarks.peers.systems import SYSTEMS

MACHINE = ("cores", "processor")


class ResultsFile:
    """The results of systems, each with the machine that it was measured on.

    Args:
        path: the file; results for another `header` are dropped.
        header: what the systems have in common, such as the number of images.
        write: writes a document to the file.
    """

    def __init__(
        self, path: Path, header: Mapping[str, Any], write: Callable[[dict[str, Any]], object]
    ) -> None:
        self._write = write
        self._systems: dict[str, Any] = {}
        self._header = dict(header)
        if path.exists():
            old = json.loads(path.read_text())
            if all(old.get(key) == value for key, value in self._header.items()):
                self._systems = old["systems"]

    def of(self, name: str) -> dict[str, Any]:
        """Return the results of one system; empty if it has not been measured."""
        found: dict[str, Any] = self._systems.get(name, {})
        return found

    def add(self, name: str, results: Mapping[str, Any]) -> None:
        """Replace the results of one system, and write the file."""
        system = SYSTEMS[name]
        self._systems[name] = {
            "title": system.title,
            "requirements": list(system.training_requirements or system.requirements),
            "environment": environment(),
            **results,
        }
        self._write(self.document)

    @property
    def document(self) -> dict[str, Any]:
        """What is written, with the systems in the order of the tables."""
        systems = {name: self._systems[name] for name in SYSTEMS if name in self._systems}
        return {**self._header, "systems": systems}

    @property
    def of_this_machine(self) -> dict[str, Any]:
        """The document without the systems that were measured on another machine."""
        here = environment()
        systems = {
            name: found
            for name, found in self.document["systems"].items()
            if all(found["environment"][key] == here[key] for key in MACHINE)
        }
        return {**self._header, "systems": systems}
