"""From logits to readings that are accepted or not: what users ask for meets what a model knows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.best_path import BEAM_WIDTH
from captcha_model.decoding.constraints import Constraint, Length
from captcha_model.decoding.posterior import Decoding, read
from captcha_model.networks.base import Architecture
from captcha_model.prediction import Frame, Prediction, RejectionReason

MAX_BEAM_WIDTH = 1024


class ReadOptions(TypedDict, total=False):
    r"""What a caller may say of the texts and of how sure to be; all of it may be left out.

    Attributes:
        min_confidence: from which confidence of a text on it is accepted, from 0 to 1; left out, it
            is the model's own.
        charset: the only characters that a text may have.
        length: the number of its characters, or (least, most), of which either may be None.
        pattern: a class of characters for every place, such as "[a-f]{2}\d{4}"; see
            `captcha_model.decoding.constraints`.
        beam_width: how many prefixes the search keeps; 0 takes the best path without a search.
    """

    min_confidence: float | None
    charset: str | None
    length: Length | None
    pattern: str | None
    beam_width: int


@dataclass(frozen=True)
class Inspection:
    """One image's reading, and what the network saw.

    Attributes:
        reading: the same as `predict` gives.
        probabilities: shape (T, classes), of every class at every step; class 0 is no character.
        frame: the image's size, over which the steps lie.
    """

    reading: Prediction
    probabilities: npt.NDArray[np.float64]
    frame: Frame


@dataclass(frozen=True)
class Decoder:
    """Reads logits by one set of options.

    Attributes:
        characters: the vocabulary in the order of its ids.
        decoding: how logits become readings.
        calibration: what their confidences must reach, and which images are familiar.
    """

    characters: str
    decoding: Decoding
    calibration: Calibration

    @classmethod
    def of(
        cls,
        config: CaptchaConfig,
        architecture: Architecture,
        *,
        min_confidence: float | None = None,
        charset: str | None = None,
        length: Length | None = None,
        pattern: str | None = None,
        beam_width: int = BEAM_WIDTH,
    ) -> "Decoder":
        """Combine a model's settings with `ReadOptions`.

        Raises:
            ConstraintError: no text that the model can read is as it is said to be.
            ConfigError: `min_confidence` is out of its bounds.
            ValueError: `beam_width` is.
        """
        if type(beam_width) is not int or not 0 <= beam_width <= MAX_BEAM_WIDTH:
            raise ValueError(
                f"beam_width goes from 0 to {MAX_BEAM_WIDTH}. Received: {beam_width!r}"
            )
        calibration = config.calibration or Calibration()
        if min_confidence is not None:
            calibration = replace(calibration, min_confidence=min_confidence)
        constraint = Constraint.parse(
            config.vocabulary, charset=charset, length=length, pattern=pattern
        )
        if constraint:
            # Better now than at the first image.
            constraint = constraint.within(architecture.steps(config, architecture.resolve(config)))
        return cls(
            config.characters,
            Decoding(
                output=architecture.output,
                left_to_right=architecture.left_to_right,
                temperature=calibration.temperature,
                constraint=constraint,
                beam_width=beam_width,
            ),
            calibration,
        )

    def judge(
        self,
        pixels: npt.NDArray[np.uint8],
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
    ) -> list[Prediction]:
        """Read images, and say which readings are not accepted.

        Args:
            pixels: what the network took, `uint8` of shape (N, H, W, C).
            logits: what it gave, (N, T, classes).
            frames: N sizes of the original images.
        """
        readings = read(logits, self.characters, frames, self.decoding)
        return [
            reading
            if rejection_reason is None
            else replace(reading, rejection_reason=rejection_reason)
            for reading, strange in zip(readings, self._unfamiliar(pixels), strict=True)
            for rejection_reason in [self._refusal(reading, unfamiliar=strange)]
        ]

    def _unfamiliar(self, pixels: npt.NDArray[np.uint8]) -> list[bool]:
        """Return which of N images (N, H, W, C) are too unlike those that the model knows."""
        novelty = self.calibration.novelty
        if novelty is None or not len(pixels):
            return [False] * len(pixels)
        strange: list[bool] = (novelty.distance(pixels) > novelty.limit).tolist()
        return strange

    def _refusal(self, reading: Prediction, *, unfamiliar: bool) -> RejectionReason | None:
        if not reading.text:
            return "NO_TEXT"
        if unfamiliar:
            return "OUT_OF_DISTRIBUTION"
        least = self.calibration.min_confidence
        return None if least is not None and reading.confidence >= least else "LOW_CONFIDENCE"
