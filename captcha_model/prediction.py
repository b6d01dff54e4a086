"""What a model says about one image."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

# Why a reading is not accepted: its confidence is too low, nothing was read, or the image is unlike
# those that the model was trained on.
RejectionReason: TypeAlias = Literal["LOW_CONFIDENCE", "NO_TEXT", "OUT_OF_DISTRIBUTION"]


class Frame(NamedTuple):
    """The size of an original image, and how much of the network's input it fills.

    Attributes:
        width: of the original image, in pixels.
        height: of the original image, in pixels.
        filled: the fraction of the network's input width that the image takes, above 0 to 1; the
            rest at the right is padding.
    """

    width: int
    height: int
    filled: float = 1.0


class Alternative(NamedTuple):
    """Another character that could stand in a place, or another text, and its confidence."""

    text: str
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"text": self.text, "confidence": round(self.confidence, 6)}


class Character(NamedTuple):
    """One character of a reading.

    Attributes:
        text: the character.
        confidence: from 0 to 1: how likely it is, among all characters that could stand in its
            place while the rest of the text stays; see `captcha_model.decoding.posterior`.
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
        confidence: of the whole text, from 0 to 1: the probability that it is right, as far as the
            model knows; see `captcha_model.decoding.posterior`.
        characters: one record a character, in reading order.
        width: the width of the original image in pixels, to which the spans refer.
        height: its height in pixels.
        runner_up: the most likely of the texts that are one edit away; None where there is none.
        length_variant: the most likely of those with a character more or less.
        rejection_reason: why the reading is not accepted; None where it is.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]
    width: int
    height: int
    runner_up: Alternative | None = None
    length_variant: Alternative | None = None
    rejection_reason: RejectionReason | None = None

    @property
    def accepted(self) -> bool:
        """Whether the text is to be relied on, by the threshold that was asked for."""
        return self.rejection_reason is None

    @property
    def lowest(self) -> Character | None:
        """The character with the lowest confidence; None for an empty reading."""
        return min(self.characters, key=lambda c: c.confidence, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; confidences with 6 and pixels with 2 decimals."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 6),
            "accepted": self.accepted,
            "rejection_reason": self.rejection_reason,
            "characters": [
                {
                    "text": c.text,
                    "confidence": round(c.confidence, 6),
                    "left": None if c.left is None else round(c.left, 2),
                    "right": None if c.right is None else round(c.right, 2),
                    "alternatives": [a.to_dict() for a in c.alternatives],
                }
                for c in self.characters
            ],
            "runner_up": self.runner_up.to_dict() if self.runner_up else None,
            "length_variant": self.length_variant.to_dict() if self.length_variant else None,
        }
