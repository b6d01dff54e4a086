"""From tables to samples: pairing rows with files, and warning of what they leave out."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.files import Reader, is_image
from captcha_model.data.samples import Sample
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.damage import warn_of_lost_zeros
from captcha_model.data.tables.file_lookup import find_files
from captcha_model.data.tables.parse import parse_table
from captcha_model.data.tables.rows import LabelTable, Row, invalid, name_lines
from captcha_model.data.white_space import without_white_space
from captcha_model.errors import DataError, DataWarning


def samples_of_tables(
    tables: Sequence[str], files: Mapping[str, Reader], options: SourceOptions
) -> tuple[list[Sample], list[LabelTable]]:
    """Return the images that tables name, each table for its folder and the folders below.

    Args:
        tables: the paths of the tables relative to the source.
        files: all files of the source.
        options: the names of the columns, and whether labels are stripped.

    Returns:
        The samples in the order of the tables, each file once, and the tables.

    Raises:
        DataError: a table is not valid or has no rows, files are missing, or two rows give one file
            different labels.
    """
    labels: dict[str, tuple[str, str]] = {}
    parsed = []
    for name in tables:
        folder = str(PurePosixPath(name).parent)
        prefix = "" if folder == "." else f"{folder}/"
        beside = {file.removeprefix(prefix) for file in files if file.startswith(prefix)}
        table = parse_table(name, files[name], options, beside)
        if not table.rows:
            raise DataError(f"{name} has no rows.", code="SOURCE_EMPTY")
        rows = _stripped(table, options)
        warn_of_lost_zeros([row.text for row in rows], name)
        found = find_files(table, beside)
        _add(labels, rows, {row.file: prefix + found[row.file] for row in rows}, name)
        parsed.append(table)
    _warn_of_unnamed(labels, files, parsed)
    return [Sample(file, text, files[file]) for file, (text, _) in labels.items()], parsed


def _stripped(table: LabelTable, options: SourceOptions) -> Sequence[Row]:
    """Return the rows with labels that neither begin nor end with white space."""

    def places(indices: list[int]) -> str:
        return f"{name_lines([table.rows[i].line for i in indices])} of {table.name}"

    labels = without_white_space([row.text for row in table.rows], places, options)
    pairs = zip(table.rows, labels, strict=True)
    return [Row(row.line, row.file, label) for row, label in pairs]


def _add(
    labels: dict[str, tuple[str, str]], rows: Sequence[Row], found: Mapping[str, str], table: str
) -> None:
    """Add the labels of a table, each with the place that it comes from."""
    repeated = 0
    for row in rows:
        file, place = found[row.file], f"{table}, line {row.line}"
        repeated += file in labels
        text, earlier = labels.setdefault(file, (row.text, place))
        if text != row.text:
            raise invalid(
                table,
                f"gives {file!r} the label {row.text!r} in line {row.line}, but it has another one "
                f"({earlier}): {text!r}.",
            )
    if repeated:
        warnings.warn(
            f"{repeated} rows of {table} repeat images with their labels; each image is used once.",
            DataWarning,
            stacklevel=2,
        )


def _warn_of_unnamed(
    labels: Mapping[str, object], files: Iterable[str], tables: Sequence[LabelTable]
) -> None:
    images = [name for name in files if is_image(name)]
    unnamed = [name for name in images if name not in labels]
    if not unnamed:
        return
    count = f"{len(unnamed)} of {len(images)} images"
    names = name_some([table.name for table in tables], 3)
    if all(table.is_growing for table in tables):
        message = f"{count} have no label in {names} yet."
    else:
        message = f"{count} are left out, because no row of {names} names them: "
        message += f"{name_some(unnamed)}."
    warnings.warn(message, DataWarning, stacklevel=2)
