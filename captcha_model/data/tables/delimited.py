"""Tables whose cells are separated by commas, semicolons or tabs, with a header or without."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.columns import find_columns, is_header, wanted_columns
from captcha_model.data.tables.rows import LabelTable, Row, invalid, lines_of, name_lines
from captcha_model.errors import DataError

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
    lines = list(_lines(text, _delimiter(text, table, options), table))
    header: Sequence[str]
    shown: str | None
    if options.columns:
        header, body = options.columns, lines
        shown = None
    elif lines:
        (number, header), *body = lines
        shown = next((line for at, line in lines_of(text) if at == number), None)
    else:
        return LabelTable(table, "no rows", [])
    image, label = find_columns(header, options, table, body[0][1] if body else (), shown)
    if options.columns and body and is_header(body[0][1]):
        raise invalid(
            table,
            f"has a line {body[0][0]} that looks like a header: {', '.join(body[0][1])!r:.300}. "
            "--columns is for a table without one: leave it out, or remove the line.",
        )
    _check_cells(body, len(header), max(image, label) + 1, table)
    _check_one_line(body, (image, label), table)
    rows = [Row(line, cells[image], cells[label]) for line, cells in body]
    named = f"column {label + 1}" if options.columns else f"the column {header[label].strip()}"
    return LabelTable(table, named, rows)


def first_cells(text: str, table: str) -> list[list[str]]:
    """Return the cells of the first two lines of a table whose columns are not known."""
    delimiter = _delimiter(text, table, SourceOptions())
    return [cells for _, cells in islice(_lines(text, delimiter, table), 2)]


def _delimiter(text: str, table: str, options: SourceOptions) -> str:
    """Return the delimiter that fits the first line best."""
    tabs_first = table.lower().endswith(".tsv")
    delimiters = sorted(_DELIMITERS, key=lambda delimiter: tabs_first and delimiter != "\t")
    return max(delimiters, key=lambda delimiter: _fit(_first(text, delimiter, table), options))


def _lines(text: str, delimiter: str, table: str) -> Iterator[_Line]:
    """Yield the rows that are not blank, each with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise invalid(
            table,
            f"cannot be read in the row that begins in line {begin}: {error}. Look for a quotation "
            'mark without its partner; one that is part of a text is doubled: "a""b".',
        ) from error


def _first(text: str, delimiter: str, table: str) -> Sequence[str]:
    """Return the cells of the first line; none if it cannot be split so."""
    try:
        return next(_lines(text, delimiter, table), (0, []))[1]
    except DataError:
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


def _check_one_line(lines: Sequence[_Line], wanted: Sequence[int], table: str) -> None:
    """Refuse a name or a label of several lines: a quotation mark was closed by a later one."""
    for line, cells in lines:
        if any("\n" in cells[at].strip() for at in wanted):
            begin = line - sum(cell.count("\n") for cell in cells)
            raise invalid(
                table,
                f"has a cell of several lines, from line {begin} to {line}. Look for a quotation "
                f"mark without its partner in line {begin}.",
            )
