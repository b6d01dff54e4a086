"""MJSynth, the synthetic English words of Jaderberg et al. (2014): a folder and a list of images.

The training list has 7.2 million lines, so only the offset of each line is kept in memory. The list
is memory-mapped, and a sample is created on access.
"""

import mmap
import re
from array import array
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import Sample
from captcha_model.errors import DataError
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

PREFIX = "mjsynth:"
ANNOTATION = "annotation_train.txt"

# A relative path that stays below the folder, on any operating system. The number after it is the
# word's index in a lexicon and is not needed.
_LINE = re.compile(
    r"(?:\./)?((?:(?!\.\.?/)[^/\\:\0]+/)*\d+_([^/\\\0]*)_\d+\.[A-Za-z]+)(?: \d+)?\s*"
)


class MjsynthSamples(Sequence[Sample]):
    """The images listed in a folder's `annotation_train.txt`, in its order.

    Args:
        folder: contains the list and the images.

    Raises:
        DataError: the list is missing or empty, or a line does not name an image of the folder.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / ANNOTATION
        if not path.is_file():
            raise DataError(
                f"{str(folder)!r} has no {ANNOTATION}. Give the folder of MJSynth that has it; in "
                "the published archive it is mnt/ramdisk/max/90kDICT32px.",
                code="SOURCE_NOT_FOUND",
            )
        self._starts = _find_lines(path)
        if not len(self._starts):
            raise DataError(f"{path.name} lists no images.", code="SOURCE_EMPTY")
        self._folder = folder.resolve()
        with path.open("rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self._sample(start) for start in self._starts[index].tolist()]
        return self._sample(int(self._starts[index]))

    def _sample(self, start: int) -> Sample:
        end = self._text.find(b"\n", start)
        name, label = parse_line(self._text[start : end if end >= 0 else len(self._text)])
        return Sample(name, label, partial(_read, self._folder, name))


def parse_line(line: bytes) -> tuple[str, str]:
    """Return the path and the label of a line such as `./1/2/371_chiffon_12852.jpg 12852`.

    The label is the text between the first and the last underscore of the file name.

    Raises:
        ValueError: the line is not UTF-8, has another form, or its path may leave the folder.
    """
    match = _LINE.fullmatch(line.decode("utf-8"))
    if match is None:
        raise ValueError("not a path below the folder to NUMBER_LABEL_NUMBER.jpg")
    name, label = match.groups()
    return name, label


def _find_lines(path: Path) -> npt.NDArray[np.int64]:
    """Check all lines, and return the byte offset of each line that is not blank."""
    starts, start = array("q"), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.isspace():
                try:
                    parse_line(line)
                except ValueError as error:
                    raise DataError(
                        f"Line {number} of {path.name} is not valid: {error}. "
                        f"Received: {line[:100]!r}",
                        code="TABLE_INVALID",
                    ) from error
                starts.append(start)
            start += len(line)
    return np.frombuffer(starts, np.int64)


def _read(folder: Path, name: str) -> bytes:
    """Read a regular file below a folder, and nothing that a symbolic link finds elsewhere."""
    try:
        path = (folder / name).resolve(strict=True)
    except RuntimeError as error:  # Python before 3.13 raises this for a link to itself.
        raise OSError(f"it is a broken link: {error}") from error
    if not path.is_relative_to(folder) or not path.is_file():
        raise OSError("it is not a file below the folder")
    with path.open("rb") as file:
        return file.read(MAX_IMAGE_BYTES + 1)
