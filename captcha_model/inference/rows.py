"""The readings of several named images, as rows of CSV and JSON."""

from dataclasses import dataclass
from typing import Any, ClassVar

from captcha_model.errors import CaptchaError
from captcha_model.prediction import Prediction


@dataclass(frozen=True)
class ReadingRow:
    """One of several images: its name, with its reading or its error.

    Attributes:
        CSV_HEADER: the names of the columns of `to_csv`.
        name: the name of the file.
        result: the reading, or the error of an image that cannot be read.
    """

    CSV_HEADER: ClassVar[tuple[str, ...]] = (
        "file",
        "text",
        "value",
        "confidence",
        "accepted",
        "rejection_reason",
        "constraint_probability",
        "lowest_character",
        "lowest_confidence",
        "runner_up",
        "runner_up_confidence",
        "warnings",
        "model",
        "error",
    )

    name: str
    result: Prediction | CaptchaError

    def to_csv(self) -> list[str]:
        """Return a text for every column of `CSV_HEADER`; an error fills only the last one.

        Confidences go from 0 to 1 with 6 decimals, `accepted` is "true" or "false", and the text is
        empty where there is no value.
        """
        result = self.result
        if isinstance(result, CaptchaError):
            return [self.name, *[""] * (len(self.CSV_HEADER) - 2), f"{result.code}: {result}"]
        lowest, other = result.lowest, result.runner_up
        likely = result.constraint_probability
        return [
            self.name,
            result.text,
            "" if result.value is None else str(result.value),
            f"{result.confidence:.6f}",
            "true" if result.accepted else "false",
            result.rejection_reason or "",
            "" if likely is None else f"{likely:.6f}",
            *([lowest.text, f"{lowest.confidence:.6f}"] if lowest else ["", ""]),
            *([other.text, f"{other.confidence:.6f}"] if other else ["", ""]),
            " ".join(result.warnings),
            result.model or "",
            "",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: the file with its reading, or with its error."""
        result = self.result
        if isinstance(result, CaptchaError):
            return {"file": self.name, "error": {"code": result.code, "message": str(result)}}
        return {"file": self.name, **result.to_dict()}
