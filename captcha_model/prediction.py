"""The reading of one image, as plain immutable records."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

RejectionReason: TypeAlias = Literal[
    "LOW_CONFIDENCE", "NO_TEXT", "OUT_OF_DISTRIBUTION", "CONSTRAINT_UNLIKELY"
]
"""Why a reading is rejected, in order of precedence:

- `NO_TEXT`: the most likely text is empty.
- `OUT_OF_DISTRIBUTION`: the image is unlike the training images, by novelty detection, or its text
  is shorter or longer than all of theirs.
- `CONSTRAINT_UNLIKELY`: the image contradicts `charset`, `length` or `pattern`: the probability of
  all texts that they allow is below the threshold for it.
- `LOW_CONFIDENCE`: the confidence of the text is below the acceptance threshold.
"""


class Frame(NamedTuple):
    """The size of an original image, which part of it the network sees, and its warnings.

    Attributes:
        width: of the original image, in pixels.
        height: of the original image, in pixels.
        filled: the fraction of the network's input width that this part takes, above 0 to 1; the
            rest at the right is padding.
        warnings: sentences for a person about the image, such as that it has more frames.
        left: the first column of the original image that the network sees, in pixels.
        right: the column behind the last one that it sees; None is the width.
    """

    width: int
    height: int
    filled: float = 1.0
    warnings: tuple[str, ...] = ()
    left: int = 0
    right: int | None = None

    @property
    def seen(self) -> tuple[int, int]:
        """The first column that the network sees, and the one behind the last, in pixels."""
        return self.left, self.width if self.right is None else self.right


class Alternative(NamedTuple):
    """Another character for a position, or another text, with its confidence from 0 to 1."""

    text: str
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"text": self.text, "confidence": round(self.confidence, 6)}


class Character(NamedTuple):
    """One character of a reading.

    Attributes:
        text: the character.
        confidence: from 0 to 1: its probability among all characters in its position, given the
            rest of the text; see `captcha_model.decoding.posterior`.
        left: where the character begins, in pixels of the original image from its left edge; None
            where the network's time steps have no left-to-right order.
        right: where it ends; `left < right <= image width`.
        alternatives: the next most likely characters in this position, best first.
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
        confidence: of the whole text, from 0 to 1: the calibrated probability that it is right; see
            `captcha_model.decoding.posterior`.
        characters: one record for each character, in reading order.
        width: the width of the original image in pixels, to which the spans refer.
        height: its height in pixels.
        runner_up: the most likely text that is one edit away; None if there is none.
        length_variant: the most likely text with one character more or less; None if there is none.
        rejection_reason: why the reading is rejected; None if it is accepted.
        constraint_probability: from 0 to 1, how likely the constraint is by the image alone: the
            calibrated probability of all texts that it allows. Of a text that gave way to one of
            the lengths that the model expects, that of these lengths. None without a constraint.
        value: of a text that is a sum, such as 20 of "12+8=?", where `arithmetic` asks for it; None
            where it does not, and where the text has no value, which `warnings` then say.
        warnings: sentences for a person about the image or the options, such as that only one of
            its frames was read, which characters of a constraint the model cannot read, or which
            other model may read an image that is out of distribution.
        model: the name of the bundled model that read the image; None for any other model.
    """

    text: str
    confidence: float
    characters: tuple[Character, ...]
    width: int
    height: int
    runner_up: Alternative | None = None
    length_variant: Alternative | None = None
    rejection_reason: RejectionReason | None = None
    constraint_probability: float | None = None
    value: int | None = None
    warnings: tuple[str, ...] = ()
    model: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the reading is accepted, by the model's threshold or the requested one."""
        return self.rejection_reason is None

    @property
    def lowest(self) -> Character | None:
        """The character with the lowest confidence; None for an empty reading."""
        return min(self.characters, key=lambda c: c.confidence, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; confidences with 6 and pixels with 2 decimals."""
        likely = self.constraint_probability
        return {
            "text": self.text,
            "value": self.value,
            "confidence": round(self.confidence, 6),
            "accepted": self.accepted,
            "rejection_reason": self.rejection_reason,
            "constraint_probability": None if likely is None else round(likely, 6),
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
            "warnings": list(self.warnings),
            "model": self.model,
        }
