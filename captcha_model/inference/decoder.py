"""From logits to readings, by a model's calibration and a caller's options."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model._utils.call_site import callers_stacklevel
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.arithmetic import OPERATORS, with_value
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.mixture import View
from captcha_model.errors import ConstraintWarning
from captcha_model.images.by_width import (
    NO_CLOSER,
    Closer,
    Pixels,
    choose,
    each_width,
    stack,
    widths,
)
from captcha_model.inference.empty_images import with_blanks
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.reading_order import ordered
from captcha_model.inference.text_search import TextSearch
from captcha_model.inference.views import CLOSER, Look, other_widths
from captcha_model.networks.base import Architecture
from captcha_model.prediction import Frame, Prediction, RejectionReason

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Inspection:
    """The reading of one image, with the probabilities that the network gave.

    Attributes:
        reading: the same reading as `predict` gives.
        probabilities: shape (T, classes): of every class at every time step, calibrated, whatever a
            constraint allows, in the first view. Class 0 is the blank.
        frame: the size of the image, and which of its columns the time steps lie over.
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
        look: gives the logits of other views of images.

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
        look: Look | None = None,
    ) -> None:
        calibration = config.calibration or Calibration()
        self._search = TextSearch(config, architecture, options)
        self._warnings = self._search.warnings
        self._computes = options.arithmetic
        if options.arithmetic and not set(OPERATORS) & set(config.characters):
            self._warnings += (f"The model reads none of {OPERATORS}, so no text has a value.",)
            self._computes = False
        self.min_confidence = calibration.min_confidence
        if options.min_confidence is not None:
            self.min_confidence = options.min_confidence
        self.min_constraint_probability = calibration.min_constraint_probability
        if options.min_constraint_probability is not None:
            self.min_constraint_probability = options.min_constraint_probability
        self._config = config
        self._left_to_right = architecture.left_to_right
        self._temperature = calibration.temperature
        self._novelty = calibration.novelty
        views = config.views if options.views is None else options.views
        self._look, self._views = look, views if config.any_width else 1
        self.frame_choice = options.frames
        self._model = model
        self._advice = advice
        self._in_distribution = in_distribution

    def warn(self) -> None:
        """Issue a `ConstraintWarning` for each thing of the options that the model cannot do."""
        for message in self._warnings:
            warnings.warn(message, ConstraintWarning, stacklevel=callers_stacklevel())

    def decode(
        self,
        pixels: Pixels,
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
        closer: Closer = NO_CLOSER,
    ) -> list[Prediction]:
        """Decode a batch, and reject the readings that cannot be relied on.

        Args:
            pixels: the input of the network, N images.
            logits: the output of the network, shape (N, T, classes); certain blanks behind the last
                step of an image that has fewer.
            frames: N sizes of the original images.
            closer: of the images that have one, by their indices, a closer look.

        Returns:
            N readings.
        """
        first = self._view(pixels, logits)
        readings = self._search.read([first], frames)
        looks = closer if self._config.closer else NO_CLOSER
        if self._look and (self._views > 1 or looks):
            self._look_again(readings, pixels, first, frames, looks, self._look)
        is_novel = [False] * len(pixels) if self._in_distribution else self.is_novel(pixels)
        return [
            self._complete(reading, frame, is_novel=novel)
            for reading, frame, novel in zip(
                ordered(readings, self._config.vocabulary), frames, is_novel, strict=True
            )
        ]

    def inspect(
        self,
        pixels: Pixels,
        logits: npt.NDArray[np.floating],
        frames: Sequence[Frame],
        closer: Closer = NO_CLOSER,
    ) -> list[Inspection]:
        """Decode a batch as `decode` does, and return the probabilities with the readings."""
        readings = self.decode(pixels, logits, frames, closer)
        probabilities = np.exp(log_softmax(logits, None, self._temperature))
        characters, left_to_right = self._search.characters, self._left_to_right
        return [
            Inspection(*each, characters, left_to_right, self.min_confidence)
            for each in zip(readings, probabilities, frames, strict=True)
        ]

    def _view(self, pixels: Pixels, logits: npt.NDArray[np.floating]) -> View:
        return View(with_blanks(logits, pixels, self._temperature), widths(pixels))

    def _look_again(
        self,
        readings: list[Prediction],
        pixels: Pixels,
        first: View,
        frames: Sequence[Frame],
        closer: Closer,
        look: Look,
    ) -> None:
        """Replace the readings that are not sure by those of several views."""
        unsure = [n for n, reading in enumerate(readings) if not self._is_sure(reading)]
        for is_closer in (False, True):
            chosen = [n for n in unsure if (n in closer) == is_closer]
            if not chosen or not (is_closer or self._views > 1):
                continue
            views = [View(first.logits[chosen], first.widths[chosen])]
            if is_closer:
                looks = stack([closer[n] for n in chosen])
                views.append(self._view(looks, look(looks, chosen, CLOSER)))
            others = other_widths(choose(pixels, chosen), self._config, self._views)
            for number, other in enumerate(others):
                views.append(self._view(other, look(other, chosen, number)))
            again = self._search.read(views, [frames[n] for n in chosen])
            for n, reading in zip(chosen, again, strict=True):
                readings[n] = reading

    def _is_sure(self, reading: Prediction) -> bool:
        """Return whether one look is enough; a narrow constraint makes any text confident."""
        is_confident = self.min_confidence is not None and reading.confidence >= self.min_confidence
        return is_confident and not self._is_forced(reading)

    def _is_forced(self, reading: Prediction) -> bool:
        likely = reading.constraint_probability
        return likely is not None and likely < self.min_constraint_probability

    def _complete(self, reading: Prediction, frame: Frame, *, is_novel: bool) -> Prediction:
        """Return a reading with its rejection reason, its warnings, its model and its value."""
        reason = self._rejection_reason(reading, is_novel=is_novel)
        # Where an image shows nothing and has other frames, those are what may be read.
        has_others = reason == "NO_TEXT" and bool(frame.warnings)
        is_unknown = is_novel or reason == "OUT_OF_DISTRIBUTION"
        advice = self._advice() if is_unknown and not has_others else ""
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
        is_forced = self._is_forced(reading)
        # Without text because a constraint wants it so, though the image shows one.
        if not reading.text:
            return "CONSTRAINT_UNLIKELY" if is_forced else "NO_TEXT"
        if is_novel:
            return "OUT_OF_DISTRIBUTION"
        if is_forced:
            return "CONSTRAINT_UNLIKELY"
        # After the constraint, which may have forced this length.
        if self._novelty and self._novelty.has_novel_length(reading.text):
            return "OUT_OF_DISTRIBUTION"
        least = self.min_confidence
        return None if least is not None and reading.confidence >= least else "LOW_CONFIDENCE"
