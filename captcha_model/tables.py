"""Readings as plain rows, for CSV and JSON."""

from typing import Any

from captcha_model.errors import CaptchaError
from captcha_model.prediction import Prediction

CSV_HEADER = ("file", "text", "confidence", "lowest_character", "lowest_confidence", "error")


def csv_row(name: str, result: Prediction | CaptchaError) -> list[str]:
    """Return one row under `CSV_HEADER`; an error fills only the last column."""
    if isinstance(result, CaptchaError):
        return [name, "", "", "", "", f"{result.code}: {result}"]
    lowest = result.lowest
    weakest = [lowest.text, f"{lowest.confidence:.6f}"] if lowest else ["", ""]
    return [name, result.text, f"{result.confidence:.6f}", *weakest, ""]


def json_row(name: str, result: Prediction | CaptchaError) -> dict[str, Any]:
    """Return plain values for JSON: the file with its reading, or with the error it got."""
    if isinstance(result, CaptchaError):
        return {"file": name, "error": {"code": result.code, "message": str(result)}}
    return {"file": name, **result.to_dict()}
