"""MJSynth, the drawn English words of Jaderberg et al. (2014): a folder with a list of its images.

The training part has 7.2 million of them, so nothing is held for an image but the place of its
line: the list is mapped from disk, and a sample is made when it is asked for.
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

# A path that begins and stays below the folder, whatever the system takes for a separator. The
# number behind it is that of the word in a lexicon, and the label needs none.
_LINE = re.compile(
    r"(?:\./)?((?:(?!\.\.?/)[^/\\:\0]+/)*\d+_([^/\\\0]*)_\d+\.[A-Za-z]+)(?: \d+)?\s*"
)


class MjsynthSamples(Sequence[Sample]):
    """The images that a folder's `annotation_train.txt` lists, in its order.

    Args:
        folder: holds the list, and the images below it.

    Raises:
        DataError: no list, nothing in it, or a line that names no image of the folder.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / ANNOTATION
        if not path.is_file():
            raise DataError(
                f"{str(folder)!r} holds no {ANNOTATION}. Give the folder of MJSynth that does; in "
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

    The label is what stands between the first and the last underscore of the file's name.

    Raises:
        ValueError: the line is not UTF-8, not of that form, or its path may leave the folder.
    """
    match = _LINE.fullmatch(line.decode("utf-8"))
    if match is None:
        raise ValueError("not a path below the folder to NUMBER_LABEL_NUMBER.jpg")
    name, label = match.groups()
    return name, label


def _find_lines(path: Path) -> npt.NDArray[np.int64]:
    """Return where each line that is not blank begins, in bytes, after checking all of them."""
    starts, start = array("q"), 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.isspace():
                try:
                    parse_line(line)
                except ValueError as error:
                    raise DataError(
                        f"Line {number} of {path.name} cannot be used: {error}. "
                        f"Received: {line[:100]!r}",
                        code="TABLE_INVALID",
                    ) from error
                starts.append(start)
            start += len(line)
    return np.frombuffer(starts, np.int64)


def _read(folder: Path, name: str) -> bytes:
    """Read a file below a folder; a link may lead anywhere, and a pipe would never end."""
    try:
        path = (folder / name).resolve(strict=True)
    except RuntimeError as error:  # What Python before 3.13 calls a link to itself.
        raise OSError(f"it is a link that leads nowhere: {error}") from error
    if not path.is_relative_to(folder) or not path.is_file():
        raise OSError("it is not a file below the folder")
    with path.open("rb") as file:
        return file.read(MAX_IMAGE_BYTES + 1)
