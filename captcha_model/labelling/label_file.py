"""The file that keeps the labels of a folder: one line more for every decision of a person.

It is a table of JSON lines that `--data` reads. A line is never changed: a later line of the same
image replaces an earlier one, and a text of null takes a label back.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import sync_folder, write_atomically
from captcha_model._utils.name_some import name_some
from captcha_model.data.tables.decisions import DECIDED
from captcha_model.data.tables.json_lines import read_rows
from captcha_model.data.tables.rows import decode, invalid
from captcha_model.errors import DataError, DataWarning

NAME = "labels.jsonl"
_BEGINNING = b'{"file_name": "'
UNREADABLE = "cannot be read"
"""Why an image has no label: a person cannot read it."""


class LabelFile:
    """The labels of a folder, on disk before anybody is told that they are kept.

    Only one process may write it; see `captcha_model.labelling.session`.

    Args:
        path: created with the first label.
        images: the names of the images that may be labelled.

    Attributes:
        labels: the text of every labelled image, in the order of the decisions.
        unreadable: the images that a person cannot read.
        decided: both, in the order of the decisions.
        cut: whether the file ended in the middle of a line, which was taken out: a process was
            killed while it wrote a label, and nobody was told that it is kept. A `DataWarning` says
            so.

    Raises:
        DataError: the file is damaged, or it names images that are not in the folder.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, images: Collection[str]) -> None:
        self.path = path
        self.labels: dict[str, str] = {}
        self.unreadable: set[str] = set()
        self.decided: dict[str, None] = {}
        self.cut = False
        if not path.exists():
            return
        data = path.read_bytes()
        whole, end, rest = data.rpartition(b"\n")
        self.cut = bool(rest) and not _is_row(rest)
        if self.cut and not _is_begun_row(rest):
            raise invalid(
                str(path), "is no list of labels of this page: its last line is no JSON object."
            )
        kept = whole + end if self.cut else data
        for line, row in read_rows(decode(kept, str(path)), str(path)):
            image, text = row.get("file_name"), row.get("text", 0)
            if not isinstance(image, str) or not (text is None or isinstance(text, str)):
                raise invalid(
                    str(path), f"has no texts for file_name and text in line {line}. Correct it."
                )
            self._take(image, text, str(row.get("why", "")))
        strange = sorted((self.labels.keys() | self.unreadable).difference(images))
        if strange:
            raise DataError(
                f"{path} names {len(strange)} images that are not in this folder: "
                f"{name_some(strange)}. If it is the file of another folder, put it back there; if "
                "images were moved, put them back or delete their lines.",
                code="FILES_MISSING",
            )
        # Not before all of it is known to be a file of this page.
        if self.cut:
            warnings.warn(
                f"The last line of {path} is cut off and was taken out, because a process was "
                f"ended while it wrote it: {rest.decode(errors='replace')!r:.200}. Its image comes "
                "again.",
                DataWarning,
                stacklevel=2,
            )
        if rest:
            write_atomically(path, kept if self.cut else data + b"\n")

    def write(self, image: str, text: str | None, why: str = "") -> None:
        """Keep a decision; it is on disk when this returns.

        Args:
            image: the name of the image.
            text: its label; None takes one back.
            why: why there is no label: `UNREADABLE`, or nothing if a decision was undone.

        Raises:
            OSError: it cannot be written, and is not kept.
        """
        row: dict[str, Any] = {"file_name": image, "text": text}
        if why:
            row["why"] = why
        row[DECIDED] = datetime.now(UTC).isoformat(timespec="seconds")
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode()
        is_new = not self.path.exists()
        with self.path.open("ab", buffering=0) as file:
            size = file.tell()
            try:
                if file.write(line) < len(line):
                    raise OSError("the disk took only a part of a label")
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
        if is_new:
            sync_folder(self.path.parent)
        self._take(image, text, why)

    def _take(self, image: str, text: str | None, why: str) -> None:
        self.labels.pop(image, None)
        self.unreadable.discard(image)
        self.decided.pop(image, None)
        if text is not None:
            self.labels[image] = text
        elif why == UNREADABLE:
            self.unreadable.add(image)
        else:
            return
        self.decided[image] = None


def digest(labels: Mapping[str, str]) -> str:
    """Return what tells two sets of labels apart."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()


def _is_begun_row(line: bytes) -> bool:
    """Return whether a line is the beginning of one that `LabelFile.write` writes."""
    return b"\r" not in line and (line.startswith(_BEGINNING) or _BEGINNING.startswith(line))


def _is_row(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
