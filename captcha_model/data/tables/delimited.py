"""Tables whose cells are separated by commas, semicolons or tabs, with a header or without."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.columns import find_columns, wanted_columns
from captcha_model.data.tables.rows import LabelTable, Row, invalid, name_lines

_DELIMITERS = (",", ";", "\t")
_Line = tuple[int, list[str]]


def parse_delimited(text: str, table: str, options: SourceOptions) -> LabelTable:
    """Parse a table; the delimiter is the one with which its first line has the wanted columns.

    Args:
        text: the table.
        table: its name, for messages; with the suffix `.tsv` tabs are tried first.
        options: the names of the columns.

    Raises:
        DataError: it is not such a table, a column is missing or repeated, or a row has more cells
            than the header or lacks one of the two columns.
    """
    try:
        lines = list(_lines(text, _delimiter(text, table, options)))
    except csv.Error as error:
        raise invalid(table, f"cannot be read: {error}.") from error
    header: Sequence[str]
    if options.columns:
        header, body = options.columns, lines
    elif lines:
        (_, header), *body = lines
    else:
        return LabelTable(table, "no rows", [])
    image, label = find_columns(header, options, table, body[0][1] if body else ())
    _check_cells(body, len(header), max(image, label) + 1, table)
    rows = [Row(line, cells[image], cells[label]) for line, cells in body]
    named = f"column {label + 1}" if options.columns else f"the column {header[label].strip()}"
    return LabelTable(table, named, rows)


def first_cells(text: str, table: str) -> list[list[str]]:
    """Return the cells of the first two lines of a table whose columns are not known."""
    try:
        delimiter = _delimiter(text, table, SourceOptions())
        return [cells for _, cells in islice(_lines(text, delimiter), 2)]
    except csv.Error as error:
        raise invalid(table, f"cannot be read: {error}.") from error


def _delimiter(text: str, table: str, options: SourceOptions) -> str:
    """Return the delimiter that fits the first line best."""
    tabs_first = table.lower().endswith(".tsv")
    delimiters = sorted(_DELIMITERS, key=lambda delimiter: tabs_first and delimiter != "\t")
    return max(delimiters, key=lambda delimiter: _fit(_first(text, delimiter), options))


def _lines(text: str, delimiter: str) -> Iterator[_Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return ((reader.line_num, cells) for cells in reader if cells)


def _first(text: str, delimiter: str) -> Sequence[str]:
    """Return the cells of the first line; none if it cannot be split so."""
    try:
        return next(_lines(text, delimiter), (0, []))[1]
    except csv.Error:
        return []


def _fit(cells: Sequence[str], options: SourceOptions) -> tuple[bool, int]:
    """Return how well a first line is split; the first of equals is taken."""
    if options.columns:
        return len(cells) == len(options.columns), len(cells)
    names = {name.strip() for name in cells}
    return all(names & set(group) for group in wanted_columns(options)), len(cells)


def _check_cells(lines: Sequence[_Line], most: int, least: int, table: str) -> None:
    long = [line for line, cells in lines if len(cells) > most]
    if long:
        raise invalid(
            table,
            f"has more cells than columns ({most}) in {name_lines(long)}. Put quotation marks "
            'around a text that contains the delimiter: "123,45".',
        )
    short = [line for line, cells in lines if len(cells) < least]
    if short:
        raise invalid(table, f"has too few cells in {name_lines(short)}.")
