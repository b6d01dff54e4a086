"""Tables with a JSON object a line: `{"file_name": "0001.png", "text": "2b827"}`."""

import json
from typing import Any

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.tables.columns import find_columns
from captcha_model.data.tables.decisions import DECIDED, NumberedRow, labels_of_decisions
from captcha_model.data.tables.rows import LabelTable, Row, invalid, lines_of, name_lines
from captcha_model.errors import DataError


def parse_json_lines(text: str, table: str, options: SourceOptions) -> LabelTable:
    """Parse a table; its columns are the keys of its first object.

    Args:
        text: the table.
        table: its name, for messages.
        options: the names of the two keys.

    Raises:
        DataError: a line is not a JSON object, repeats a key, or has no texts under the two keys;
            or every decision of the table was taken back.
    """
    found = read_rows(text, table)
    if not found:
        return LabelTable(table, "no rows", [])
    header = list(found[0][1])
    first = next(source for line, source in lines_of(text) if line == found[0][0])
    image, label = (header[at] for at in find_columns(header, options, table, line=first))
    decided = DECIDED in header
    if decided:
        found = labels_of_decisions(found, image, label)
        if not found:
            raise DataError(f"{table} has no labels: all were taken back.", code="SOURCE_EMPTY")
    bad = [
        line
        for line, row in found
        if not isinstance(row.get(image), str) or not isinstance(row.get(label), str)
    ]
    if bad:
        raise invalid(
            table,
            f"needs texts for {image} and {label} in every row. Rows without them: "
            f"{name_lines(bad)}. A number needs quotation marks, for it loses its zeros.",
        )
    rows = [Row(line, row[image], row[label]) for line, row in found]
    return LabelTable(table, f"the key {label}", rows, is_growing=decided)


def read_rows(text: str, table: str) -> list[NumberedRow]:
    """Return the objects of a table with the numbers of their lines, from 1.

    Args:
        text: the table.
        table: its name, for messages.

    Raises:
        DataError: a line is not JSON, or an object has a key twice.
    """
    found: list[NumberedRow] = []
    for line, source in lines_of(text):
        if source.strip():
            try:
                value = json.loads(source, object_pairs_hook=_unique)
            except (ValueError, RecursionError) as error:
                # The parser counts lines within this one.
                reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                raise invalid(
                    table, f"is no JSON in line {line}: {reason}. Correct or delete the line."
                ) from error
            found.append((line, value if isinstance(value, dict) else {}))
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object; the JSON parser itself would take the last of equal keys."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found
