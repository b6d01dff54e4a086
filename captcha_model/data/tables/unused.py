"""Tables that lie beside images but are not read, because their names do not say what they are."""

import codecs
import re
import shlex
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.files import Reader, is_image
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.columns import guess_columns
from captcha_model.data.tables.delimited import first_cells
from captcha_model.data.tables.file_lookup import find_files
from captcha_model.data.tables.parse import is_table, parse_table
from captcha_model.data.tables.rows import LabelTable, decode, lines_of
from captcha_model.errors import CaptchaError, DataError, DataWarning

_BETWEEN = re.compile(r"[,;\t\"'\[\]{}]+")  # What may stand between the cells of any table.
# Formats that hold tables, but cannot be read here.
_OTHER_SUFFIXES = (".json", ".xlsx", ".xls", ".ods", ".xml", ".arrow", ".feather", ".npy", ".pkl")


def check_unused_tables(files: Mapping[str, Reader], folder: Path | None) -> Sequence[str]:
    """Refuse file names as labels where a table gives the images other labels.

    Args:
        files: all files of a source whose labels are its file names.
        folder: the source, if it is a folder; it is named in the advice.

    Returns:
        The names of the files that a warning named.

    Raises:
        DataError: a table gives other labels than the file names.
    """
    unread = []
    for name in files:
        if is_table(name):
            options, table = _parse(name, files)
            if isinstance(table, _Faulty):
                raise _unused(
                    name,
                    table.named,
                    f"{_advice(name, options, folder)}. But correct it first: {table.reason}",
                )
            if table is None:
                # A text file is more often a note than a table.
                unread += [] if name.lower().endswith(".txt") else [name]
            elif any(row.text != PurePosixPath(row.file).stem for row in table.rows):
                raise _unused(name, len(table.rows), _advice(name, options, folder))
        elif PurePosixPath(name).suffix.lower() in _OTHER_SUFFIXES:
            unread.append(name)
    if unread:
        warnings.warn(
            f"The labels are the file names; {name_some(unread)} beside the images is not used. If "
            "labels are in it, save it as metadata.csv with the columns file_name and text.",
            DataWarning,
            stacklevel=2,
        )
    return unread


@dataclass(frozen=True)
class _Faulty:
    """A table that cannot be read as it is, though it names images of its folder."""

    named: int
    reason: str


def _unused(name: str, rows: int, advice: str) -> DataError:
    return DataError(
        f"{name} gives labels to {rows} of the images, but only a table called metadata.csv is "
        f"read unasked, so the labels would be the file names. {advice}",
        code="TABLE_UNUSED",
    )


def _parse(
    name: str, files: Mapping[str, Reader]
) -> tuple[SourceOptions, LabelTable | _Faulty | None]:
    """Return a table if it names images of its folder, and the options that read it."""
    folder = PurePosixPath(name).parent
    beside = [
        str(PurePosixPath(file).relative_to(folder))
        for file in files
        if PurePosixPath(file).is_relative_to(folder)
    ]
    options = SourceOptions()
    # One line of a text file may begin with the name of an image by chance.
    least = sum(map(is_image, beside)) / 2 if name.lower().endswith(".txt") else 1
    try:
        options = _guess_options(name, files[name])
        table = parse_table(name, files[name], options, beside)
        # A damaged or missing library is no reason to refuse file names as labels.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            found = find_files(table, beside)
    except DataError as error:
        named = 0 if name.lower().endswith(".parquet") else _count_named(files[name], beside)
        return options, _Faulty(named, str(error)) if named >= max(least, 1) else None
    except (CaptchaError, OSError):
        return options, None
    named = sum(map(is_image, found.values()))
    return options, table if named >= least else None


def _count_named(read: Reader, beside: Sequence[str]) -> int:
    """Return how many rows of a faulty table give an image a label other than its file name.

    It is 0 if fewer than half of the rows name images, or the file cannot be read.
    """
    images = {PurePosixPath(file).name for file in beside if is_image(file)}
    stems = {PurePosixPath(image).stem for image in images}
    try:
        data = read()
    except (DataError, OSError):
        return 0  # What cannot be read is named in the warning.
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    rows = [line for _, line in lines_of(text) if line.strip()]
    named = by_stem = other = 0
    for row in rows:
        cells = [cell.strip() for cell in _BETWEEN.split(row) if cell.strip()]
        cells += row.split()
        found = [name for cell in cells if (name := _last_part(cell)) in images]
        by_stem += not found and cells[0] in stems and cells[1] != cells[0]
        named += bool(found)
        other += bool(found) and PurePosixPath(found[0]).stem not in cells
    if 2 * by_stem >= max(len(rows), len(images), 4):
        return by_stem
    return named if other and 2 * named >= len(rows) else 0


def _last_part(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name


def _guess_options(name: str, read: Reader) -> SourceOptions:
    if not name.lower().endswith((".csv", ".tsv")):
        return SourceOptions()
    lines = first_cells(decode(read(), name), name)
    header, first = lines[0] if lines else [], lines[1] if len(lines) > 1 else []
    if any(map(is_image, header)) and len(header) == 2:
        image = is_image(header[0])
        return SourceOptions(columns=("file", "text") if image else ("text", "file"))
    guessed = guess_columns([cell.strip() for cell in header], first)
    if guessed is None:
        return SourceOptions()
    image_column, text_column = guessed
    return SourceOptions(
        image_column=None if image_column == "file_name" else image_column,
        text_column=None if text_column == "text" else text_column,
    )


def _advice(name: str, options: SourceOptions, folder: Path | None) -> str:
    if folder is None:
        return "Unpack the archive, and give the table as the source."
    words = [str(folder / name), *options.to_arguments()]
    return f"Give {shlex.join(words)} as the source, or --label-regex '(.+)' for the file names"
