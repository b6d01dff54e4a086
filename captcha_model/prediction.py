"""What a model says about one image."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Alternative:
    """Another character that could stand in a place, and its confidence from 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True)
class Character:
    """One character of a reading.

    Attributes:
        text: the character.
        confidence: from 0 to 1; see `captcha_model.confidence` for its formula.
        left: where the character begins, in pixels of the original image from its left edge;
            None where the network's steps have no left-to-right order.
        right: where it ends; `left < right <= image width`.
        alternatives: the next most likely characters in this place, best first.
    """

    text: str
    confidence: float
    left: float | None
    right: float | None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """The reading of one image.

    Attributes:
        text: the characters joined; empty where nothing was read.
        confidence: of the whole text, from 0 to 1; see `captcha_model.confidence`.
        characters: one record a character, in reading order.
        width: the width of the original image in pixels, to which the spans refer.
        height: its height in pixels.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]
    width: int
    height: int

    @property
    def lowest(self) -> Character | None:
        """The character with the lowest confidence; None for an empty reading."""
        return min(self.characters, key=lambda c: c.confidence, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; confidences with 6 and pixels with 2 decimals."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "characters": [
                {
                    "text": c.text,
                    "confidence": round(c.confidence, 6),
                    "left": None if c.left is None else round(c.left, 2),
                    "right": None if c.right is None else round(c.right, 2),
                    "alternatives": [
                        {"text": a.text, "confidence": round(a.confidence, 6)}
                        for a in c.alternatives
                    ],
                }
                for c in self.characters
            ],
        }
