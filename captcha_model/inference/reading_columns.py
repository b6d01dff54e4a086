"""The readings of many images as rows of fixed columns, for CSV, JSON Lines, Parquet and Ray."""

from collections.abc import Sequence
from typing import Any

from captcha_model.errors import CaptchaError, ConfigError
from captcha_model.prediction import Character, Prediction

PATH = "path"
ERROR_COLUMNS = ("error_code", "error")
READING_COLUMNS = (
    PATH,
    "text",
    "confidence",
    "accepted",
    "rejection_reason",
    "characters",
    *ERROR_COLUMNS,
)
"""The columns of a row unless others are asked for; an error fills only the last two."""

MORE_COLUMNS = ("value", "constraint_probability", "warnings", "model")
ALL_COLUMNS = (*READING_COLUMNS, *MORE_COLUMNS)
CHARACTER_FIELDS = ("text", "confidence", "left", "right")


def choose_columns(columns: Sequence[str] | None, *, arithmetic: bool = False) -> tuple[str, ...]:
    """Return the columns of a row, the name of the image first.

    Args:
        columns: some of `ALL_COLUMNS`; None takes `READING_COLUMNS`.
        arithmetic: whether values are computed, which then have a column, too.

    Raises:
        ConfigError: there is no such column.
    """
    if columns is None:
        return (*READING_COLUMNS, *(("value",) if arithmetic else ()))
    for name in columns:
        if name not in ALL_COLUMNS:
            raise ConfigError(
                f"Readings have no column {name!r}. They have: {', '.join(ALL_COLUMNS)}."
            )
    return tuple(dict.fromkeys((PATH, *columns)))


def reading_row(name: str, result: Prediction | CaptchaError) -> dict[str, Any]:
    """Return a value for every column; confidences have 6 and pixels 2 decimals.

    Args:
        name: of the image.
        result: its reading, or its error.
    """
    row: dict[str, Any] = dict.fromkeys(ALL_COLUMNS)
    row[PATH] = name
    if isinstance(result, CaptchaError):
        return row | {"error_code": result.code, "error": str(result)}
    likely = result.constraint_probability
    return row | {
        "text": result.text,
        "confidence": round(result.confidence, 6),
        "accepted": result.accepted,
        "rejection_reason": result.rejection_reason,
        "characters": [_character(character) for character in result.characters],
        "value": result.value,
        "constraint_probability": None if likely is None else round(likely, 6),
        "warnings": list(result.warnings),
        "model": result.model,
    }


def _character(character: Character) -> dict[str, Any]:
    left, right = character.left, character.right
    return {
        "text": character.text,
        "confidence": round(character.confidence, 6),
        "left": None if left is None else round(left, 2),
        "right": None if right is None else round(right, 2),
    }
