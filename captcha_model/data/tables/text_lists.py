"""Text files of labels: `path<TAB>label` as PaddleOCR has them, `file label`, or a label a line.

A line of PaddleOCR may also name several images of one text: `["1.jpg", "2.jpg"]<TAB>label`.
"""

import json
import re
from collections.abc import Collection
from pathlib import PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.files import IMAGE_SUFFIXES, is_image
from captcha_model.data.tables.columns import is_header
from captcha_model.data.tables.rows import LabelTable, Row, invalid, lines_of, name_lines

# The file name ends at the first image suffix, so that it may contain blanks.
_PAIR = re.compile(
    rf"(.+?(?:{'|'.join(map(re.escape, IMAGE_SUFFIXES))}))[ ,;](.*)", re.IGNORECASE | re.DOTALL
)
_DETECTION = re.compile(r"\[\s*\{")  # A list of objects: PaddleOCR's labels for text detection.


def parse_text_list(text: str, table: str, files: Collection[str]) -> LabelTable:
    """Parse a text file; lines that all have one form decide which it is.

    Args:
        text: the file.
        table: its name, for messages.
        files: the names of the files beside it, for a label a line.

    Raises:
        DataError: lines have different forms, or there are not as many labels as numbered images.
    """
    lines = list(lines_of(text))
    while lines and not lines[-1][1].strip():
        lines.pop()
    filled = [(number, line) for number, line in lines if line.strip()]
    if not filled:
        return LabelTable(table, "no rows", [])
    if any("\t" in line for _, line in filled):
        _check_header(filled[0][1], filled[0][0], table, files)
        return LabelTable(table, "the text after the tab", _tabbed(filled, table))
    matches = [(number, _PAIR.fullmatch(line)) for number, line in filled]
    if any(match for _, match in matches):
        _check_header(filled[0][1], filled[0][0], table, files)
        bad = [number for number, match in matches if not match]
        if bad:
            raise invalid(table, f"has no file name and label in {name_lines(bad)}.")
        rows = [Row(number, match[1], match[2]) for number, match in matches if match]
        return LabelTable(table, "the text after the file name", rows)
    names = _numbered(files, len(lines), table)
    rows = [Row(line, name, label) for (line, label), name in zip(lines, names, strict=True)]
    return LabelTable(table, "a label a line", rows)


def is_label_list(data: bytes) -> bool:
    """Return whether a text file has labels only, a label a line, and no file names.

    Args:
        data: the file.
    """
    lines = [line for _, line in lines_of(data.decode("utf-8-sig", "replace"))]
    return any(map(str.strip, lines)) and not any(
        "\t" in line or _PAIR.fullmatch(line) for line in lines
    )


def _check_header(line: str, number: int, table: str, files: Collection[str]) -> None:
    """Refuse a first line that names columns, as a table has it but no list."""
    cells = re.split(r"[\t,; ]+", line.strip())
    if is_header(cells) and cells[0] not in files:
        raise invalid(
            table,
            f"cannot be read: line {number} looks like a header: {line!r:.100}. A list of this "
            "form has none. Remove the line.",
        )


def _tabbed(lines: list[tuple[int, str]], table: str) -> list[Row]:
    bad = [number for number, line in lines if line.count("\t") != 1]
    if bad:
        raise invalid(
            table, f"needs a path, one tab and a label in every line. Not so: {name_lines(bad)}."
        )
    rows = []
    for number, line in lines:
        path, label = line.split("\t")
        if _DETECTION.match(label):
            raise invalid(
                table,
                f"has text boxes in line {number}: it is for text detection. Give the table for "
                "recognition, such as rec_gt_train.txt.",
            )
        rows += [Row(number, name, label) for name in _paths(path, number, table)]
    return rows


def _paths(path: str, number: int, table: str) -> list[str]:
    """Return the file names of a line: one, or a JSON list of several."""
    if not path.startswith("["):
        return [path]
    try:
        names = json.loads(path)
    except (ValueError, RecursionError):
        return [path]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid(table, f"has no list of file names in line {number}: {path[:100]!r}.")
    return names


def _numbered(files: Collection[str], count: int, table: str) -> list[str]:
    """Return the images that are named by numbers from 1, or from 0, in their order."""
    images = [name for name in files if is_image(name)]
    stems = [PurePosixPath(name).stem for name in images]
    by_number = {
        int(stem): name
        for stem, name in zip(stems, images, strict=True)
        if stem.isascii() and stem.isdigit() and len(stem) < 10
    }
    for first in (1, 0):
        if len(by_number) == len(images) and by_number.keys() == set(range(first, first + count)):
            return [by_number[number] for number in range(first, first + count)]
    raise invalid(
        table,
        f"has {count} lines without a file name. A label a line needs images that are named "
        f"1 to {count} or 0 to {count - 1}. Beside it are {len(images)} images: "
        f"{name_some(images, 5)}.",
    )
