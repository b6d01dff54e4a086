"""From logits to readings, by a model's calibration and a caller's options."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.letter_case import in_case
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.decoding.posterior import predictions
from captcha_model.errors import ConstraintWarning
from captcha_model.images.by_width import Pixels, each_width
from captcha_model.inference.arithmetic import OPERATORS, with_value
from captcha_model.inference.empty_images import with_blanks
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.reading_order import ordered
from captcha_model.networks.base import Architecture
from captcha_model.prediction import Frame, Prediction, RejectionReason

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Inspection:
    """The reading of one image, with the probabilities that the network gave.

    Attributes:
        reading: the same reading as `predict` gives.
        probabilities: shape (T, classes): of every class at every time step, calibrated, whatever a
            constraint allows. Class 0 is the blank.
        frame: the size of the image, over which the time steps lie.
        characters: the characters of the classes from 1, in the case that is asked for.
        left_to_right: whether the time steps follow the image from left to right.
        min_confidence: the threshold of the reading; None accepts none.
    """

    reading: Prediction
    probabilities: Floats
    frame: Frame
    characters: str
    left_to_right: bool
    min_confidence: float | None


class Decoder:
    """Turns a model's logits into readings, by one set of options.

    Args:
        config: the settings of the model, with its calibration.
        architecture: the architecture of its network, which says what its time steps mean.
        options: what the caller knows about the texts, and the required confidence.
        model: the name of the model, for its readings.
        advice: returns a sentence for readings of images that are out of distribution; "" is none.
        in_distribution: whether it is known already that the images are in distribution.

    Raises:
        ConstraintError: the options allow no text that the model can read.
    """

    def __init__(
        self,
        config: CaptchaConfig,
        architecture: Architecture,
        options: ReadingOptions = ReadingOptions(),  # noqa: B008 It is immutable.
        *,
        model: str | None = None,
        advice: Callable[[], str] = str,
        in_distribution: bool = False,
    ) -> None:
        calibration = config.calibration or Calibration()
        case = options.case or config.case
        constraint = _constraint(config, architecture, options)
        self._expected: tuple[tuple[int, int], Constraint] | None = None
        if config.lengths and options.length is None and options.pattern is None:
            expected = _constraint(config, architecture, replace(options, length=config.lengths))
            assert expected
            self._expected = config.lengths, expected
        self._warnings = constraint.warnings if constraint else ()
        self._computes = options.arithmetic
        if options.arithmetic and not set(OPERATORS) & set(config.characters):
            self._warnings += (f"The model reads none of {OPERATORS}, so no text has a value.",)
            self._computes = False
        self.constraint = constraint
        self.min_confidence = calibration.min_confidence
        if options.min_confidence is not None:
            self.min_confidence = options.min_confidence
        self.min_constraint_probability = calibration.min_constraint_probability
        if options.min_constraint_probability is not None:
            self.min_constraint_probability = options.min_constraint_probability
        self._vocabulary = config.vocabulary
        self._characters = in_case(config.characters, case)
        self._head = head_in_case(architecture.output, config.characters, case)
        self._architecture = architecture
        self._temperature = calibration.temperature
        self._novelty = calibration.novelty
        self._beam_width = options.beam_width
        self.frame_choice = options.frames
        self._model = model
        self._advice = advice
        self._in_distribution = in_distribution

    def warn(self) -> None:
        """Issue a `ConstraintWarning` for each thing of the options that the model cannot do."""
        for message in self._warnings:
            warnings.warn(message, ConstraintWarning, stacklevel=4)

    def decode(
        self,
        pixels: Pixels,
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
    ) -> list[Prediction]:
        """Decode a batch, and reject the readings that cannot be relied on.

        Args:
            pixels: the input of the network, N images.
            logits: the output of the network, shape (N, T, classes); certain blanks behind the last
                step of an image that has fewer.
            frames: N sizes of the original images.

        Returns:
            N readings.
        """
        logits = with_blanks(logits, pixels, self._temperature)
        readings = self._read(logits, frames, self.constraint)
        if self._expected:
            (shortest, longest), constraint = self._expected
            # A search among these lengths alone takes several times as long, and finds the same
            # text where it has one of them.
            others = [
                row
                for row, reading in enumerate(readings)
                if reading.text and not shortest <= len(reading.text) <= longest
            ]
            again = self._read(logits[others], [frames[row] for row in others], constraint)
            for row, reading in zip(others, again, strict=True):
                readings[row] = reading
        is_novel = [False] * len(pixels) if self._in_distribution else self.is_novel(pixels)
        return [
            self._complete(reading, frame, is_novel=novel)
            for reading, frame, novel in zip(
                ordered(readings, self._vocabulary), frames, is_novel, strict=True
            )
        ]

    def _read(
        self,
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
        constraint: Constraint | None,
    ) -> list[Prediction]:
        return predictions(
            logits,
            self._characters,
            frames,
            self._head,
            left_to_right=self._architecture.left_to_right,
            temperature=self._temperature,
            constraint=constraint,
            beam_width=self._beam_width,
        )

    def inspect(
        self,
        pixels: Pixels,
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
    ) -> list[Inspection]:
        """Decode a batch as `decode` does, and return the probabilities with the readings."""
        readings = self.decode(pixels, logits, frames)
        probabilities = np.exp(log_softmax(logits, None, self._temperature))
        characters, left_to_right = self._characters, self._architecture.left_to_right
        return [
            Inspection(*each, characters, left_to_right, self.min_confidence)
            for each in zip(readings, probabilities, frames, strict=True)
        ]

    def _complete(self, reading: Prediction, frame: Frame, *, is_novel: bool) -> Prediction:
        """Return a reading with its rejection reason, its warnings, its model and its value."""
        reason = self._rejection_reason(reading, is_novel=is_novel)
        advice = self._advice() if is_novel or reason == "OUT_OF_DISTRIBUTION" else ""
        notes = self._warnings + frame.warnings + ((advice,) if advice else ())
        reading = replace(reading, rejection_reason=reason, warnings=notes, model=self._model)
        return with_value(reading) if self._computes else reading

    def is_novel(self, pixels: Pixels) -> list[bool]:
        """Return which of N images are out of the distribution of the training."""
        if self._novelty is None or not len(pixels):
            return [False] * len(pixels)
        distances = each_width(self._novelty.distance, pixels)
        is_novel: list[bool] = (distances > self._novelty.limit).tolist()
        return is_novel

    def _rejection_reason(self, reading: Prediction, *, is_novel: bool) -> RejectionReason | None:
        if not reading.text:
            return "NO_TEXT"
        if is_novel:
            return "OUT_OF_DISTRIBUTION"
        likely = reading.constraint_probability
        if likely is not None and likely < self.min_constraint_probability:
            return "CONSTRAINT_UNLIKELY"
        # After the constraint, which may have forced this length.
        if self._novelty and self._novelty.has_novel_length(reading.text):
            return "OUT_OF_DISTRIBUTION"
        least = self.min_confidence
        return None if least is not None and reading.confidence >= least else "LOW_CONFIDENCE"


def _constraint(
    config: CaptchaConfig, architecture: Architecture, options: ReadingOptions
) -> Constraint | None:
    """Return what the options allow.

    Raises:
        ConstraintError: no text that the model can read.
    """
    constraint = Constraint.parse(
        config.vocabulary,
        charset=options.charset,
        length=options.length,
        pattern=options.pattern,
        case=options.case or config.case,
    )
    # An impossible constraint is reported now, not at the first image.
    steps = architecture.steps(config, architecture.resolve(config))
    return constraint.within(steps) if constraint else None
