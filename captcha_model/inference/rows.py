"""Readings as plain rows, for CSV and JSON."""

from typing import Any

from captcha_model.errors import CaptchaError
from captcha_model.prediction import Prediction

CSV_HEADER = (
    "file",
    "text",
    "confidence",
    "accepted",
    "rejection_reason",
    "lowest_character",
    "lowest_confidence",
    "runner_up",
    "runner_up_confidence",
    "error",
)


def csv_row(name: str, result: Prediction | CaptchaError) -> list[str]:
    """Return one row under `CSV_HEADER`; an error fills only the last column.

    Args:
        name: the file's.
        result: its reading or the error that it got.

    Returns:
        A text for every column: confidences from 0 to 1 with 6 decimals, `accepted` as "true" or
        "false", and an empty text for what there is none of.
    """
    if isinstance(result, CaptchaError):
        return [name, *[""] * (len(CSV_HEADER) - 2), f"{result.code}: {result}"]
    lowest, other = result.lowest, result.runner_up
    return [
        name,
        result.text,
        f"{result.confidence:.6f}",
        "true" if result.accepted else "false",
        result.rejection_reason or "",
        *([lowest.text, f"{lowest.confidence:.6f}"] if lowest else ["", ""]),
        *([other.text, f"{other.confidence:.6f}"] if other else ["", ""]),
        "",
    ]


def json_row(name: str, result: Prediction | CaptchaError) -> dict[str, Any]:
    """Return plain values for JSON: the file with its reading, or with the error it got."""
    if isinstance(result, CaptchaError):
        return {"file": name, "error": {"code": result.code, "message": str(result)}}
    return {"file": name, **result.to_dict()}


def verdict(reading: Prediction) -> str:
    """Return "accepted", or why not: "low confidence", "no text" or "unfamiliar image"."""
    return (
        reading.rejection_reason.lower().replace("_", " ")
        if reading.rejection_reason
        else "accepted"
    )
