"""Finds the texts of images in the outputs of a network, by what is known of the texts."""

from collections.abc import Sequence
from dataclasses import replace

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.letter_case import in_case
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.decoding.mixture import View
from captcha_model.decoding.posterior import predictions, predictions_of_views
from captcha_model.inference.options import ReadingOptions
from captcha_model.networks.base import Architecture
from captcha_model.prediction import Frame, Prediction


class TextSearch:
    """Finds the texts by a model's settings and a caller's options.

    Args:
        config: the settings of the model.
        architecture: the architecture of its network.
        options: what the caller knows about the texts.

    Attributes:
        characters: the characters of the classes from 1, in the case that is asked for.
        constraint: the allowed texts; None allows all.
        warnings: what of the options the model cannot read, in sentences for a person.

    Raises:
        ConstraintError: the options allow no text that the model can read.
    """

    def __init__(
        self, config: CaptchaConfig, architecture: Architecture, options: ReadingOptions
    ) -> None:
        case = options.case or config.case
        self.characters = in_case(config.characters, case)
        self.constraint = _constraint(config, architecture, options)
        self.warnings = self.constraint.warnings if self.constraint else ()
        self._lengths = None
        if config.lengths and options.length is None and options.pattern is None:
            expected = replace(options, length=config.lengths)
            self._lengths = config.lengths, _constraint(config, architecture, expected)
        self._head = head_in_case(architecture.output, config.characters, case)
        self._left_to_right = architecture.left_to_right
        self._temperature = (config.calibration or Calibration()).temperature
        self._beam_width = options.beam_width

    def read(self, views: Sequence[View], frames: Sequence[Frame]) -> list[Prediction]:
        """Return the most likely texts that are allowed and, as far as the model knows, expected.

        Args:
            views: one or more of the same N images.
            frames: N sizes of the original images.

        Returns:
            N readings without a rejection reason.
        """
        readings = self._read(views, frames, self.constraint)
        if self._lengths:
            (shortest, longest), constraint = self._lengths
            # A search among these lengths alone finds the same text where it has one of them.
            others = [
                n
                for n, reading in enumerate(readings)
                if reading.text and not shortest <= len(reading.text) <= longest
            ]
            chosen = [View(view.logits[others], view.widths[others]) for view in views]
            again = self._read(chosen, [frames[n] for n in others], constraint) if others else []
            for n, reading in zip(others, again, strict=True):
                readings[n] = reading
        return readings

    def _read(
        self, views: Sequence[View], frames: Sequence[Frame], constraint: Constraint | None
    ) -> list[Prediction]:
        if len(views) > 1:
            return predictions_of_views(
                views,
                self.characters,
                frames,
                self._head,
                temperature=self._temperature,
                constraint=constraint,
                beam_width=self._beam_width,
            )
        return predictions(
            views[0].logits,
            self.characters,
            frames,
            self._head,
            left_to_right=self._left_to_right,
            temperature=self._temperature,
            constraint=constraint,
            beam_width=self._beam_width,
        )


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
    if constraint is None:
        return None
    # An impossible constraint is reported now, not at the first image.
    return constraint.within(architecture.steps(config, architecture.resolve(config)))
