"""Fits everything in a `Calibration` to images that the network was not trained on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from captcha_model.calibration import image_statistics
from captcha_model.calibration.confidence_temperature import fit_confidence_temperature
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.calibration.temperature import TemperatureFit, fit_temperature
from captcha_model.calibration.threshold import fit_threshold
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.data.samples import TrainingImages, label_lengths
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.errors import DataError
from captcha_model.images.by_width import each_width
from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.selective import OperatingPoint
from captcha_model.model_card import WITHOUT_COPIES, CalibrationFacts, today
from captcha_model.training.calibrate_constraints import constraint_threshold
from captcha_model.training.calibration_data import CalibrationData, sample
from captcha_model.training.calibration_readings import (
    first_look,
    probabilities,
    second_look,
)
from captcha_model.training.label_case import head_of, known_label

PRECISION = 0.99
"""The share of accepted readings that should be right."""

LABEL_NOISE = 5e-5
"""The probability that a label shows one particular other text than its image.

One label in 200 is wrong, and then it is one of about a hundred texts that are one edit away.
Without this, a few wrong labels would decide the temperature of a network that is nearly always
right, because each costs as much as the network is confident.
"""


@dataclass(frozen=True)
class CalibrationResult:
    """A calibration and the measurements that it rests on.

    Attributes:
        calibration: what is saved with the model.
        fit: how the temperature was found.
        accepted: what the threshold leaves of the readings that it was fitted to.
        before: the reliability of the same readings at temperature 1.
        after: the reliability of all readings at the fitted temperature.
        unknown_looks: whether it was fitted to images of unknown looks, as they are.
    """

    calibration: Calibration
    fit: TemperatureFit
    accepted: OperatingPoint
    before: Reliability
    after: Reliability
    unknown_looks: bool = False

    def facts(self, data: str, split: str) -> CalibrationFacts:
        """Return what a card shows; the arguments are attributes of `CalibrationFacts`."""
        return CalibrationFacts(
            date=today(),
            data=data,
            split=split + (WITHOUT_COPIES if self.unknown_looks else ""),
            images=self.after.images,
            ece_before=self.before.ece,
            ece=self.after.ece,
            auroc=self.after.auroc,
            accepted=self.accepted.accepted,
            correct=self.accepted.right,
            precision=None if self.accepted.threshold is None else self.accepted.precision,
            trials=self.accepted.trials,
        )

    def to_text(self) -> str:
        """Return three lines for a terminal."""
        return (
            f"calibrated on {self.after.images} readings"
            f"{'' if self.unknown_looks else ', of degraded copies too'}: "
            f"temperature {self.fit.temperature:.3f}, ECE {self.before.ece:.2%} -> "
            f"{self.after.ece:.2%}\n{self._threshold_text()}\n"
            "a constraint is rejected if the image gives it less than "
            f"{100 * self.calibration.min_constraint_probability:.4g}%"
        )

    def _threshold_text(self) -> str:
        if self.accepted.threshold is None:
            return (
                "no reading is accepted by default: there is too little evidence for any threshold"
            )
        return (
            f"accepted by default: at least {100 * self.accepted.precision:.4g}% precision on new "
            f"images; on these, {self.accepted.measured_text()}"
        )


def fit_calibration(
    config: CaptchaConfig,
    data: CalibrationData,
    novelty: NoveltyDetector | None,
    *,
    unknown_looks: bool = False,
) -> CalibrationResult:
    """Fit the temperature and the thresholds of texts and of constraints.

    Args:
        config: the settings of the model that gave the logits.
        data: of images that the model was not trained on.
        novelty: goes into the calibration as it is.
        unknown_looks: whether the network was not trained on the looks of the images, so that many
            readings are wrong; see `captcha_model.calibration.confidence_temperature`.

    Raises:
        DataError: no label is a text that the network could read.
    """
    labels = tuple(known_label(label, config.characters, config.case) for label in data.labels)
    data = replace(data, labels=labels)
    # No temperature makes a label likely whose characters the model lacks. It is read wrong.
    known = [n for n, label in enumerate(labels) if not config.vocabulary.unknown(label)]
    if not known:
        raise DataError("The model knows the characters of no label.", code="SPLIT_EMPTY")
    fit = _fit_to_readings(config, data) if unknown_looks else _fit_to_labels(config, data, known)
    texts, confidences, right = first_look(config, data, fit.temperature)
    again_texts, again_confidences, again_right = second_look(config, data, fit.temperature)
    # A threshold accepts what reaches it at the first look, or else in all views together.
    likelier = again_confidences > confidences
    accepted = fit_threshold(
        np.where(likelier, again_confidences, confidences),
        np.where(likelier, again_right, right),
        data.images,
        PRECISION,
    )
    constraints = constraint_threshold(
        config,
        data,
        confidences,
        right,
        temperature=fit.temperature,
        min_confidence=accepted.threshold,
    )
    calibration = Calibration(fit.temperature, accepted.threshold, novelty, constraints)
    sure = confidences >= (math.inf if accepted.threshold is None else accepted.threshold)
    right = np.where(sure, right, again_right)
    after = measure(np.where(sure, confidences, again_confidences), right)
    # The same texts without the temperature.
    read = np.where(sure, texts, again_texts).tolist()
    without = probabilities(config, replace(data, views=(), closer=None), read, 1.0)
    if data.has_more_looks:
        without = np.where(sure, without, probabilities(config, data, read, 1.0))
    before = measure(without, right)
    return CalibrationResult(calibration, fit, accepted, before, after, unknown_looks)


def _fit_to_labels(
    config: CaptchaConfig, data: CalibrationData, rows: Sequence[int]
) -> TemperatureFit:
    labels = [config.vocabulary.encode(data.labels[n]) for n in rows]
    return fit_temperature(data.logits[rows], labels, head_of(config).log_probability, LABEL_NOISE)


def _fit_to_readings(config: CaptchaConfig, data: CalibrationData) -> TemperatureFit:
    # Most readings of unknown looks are not sure, and so are those of all looks.
    texts, _, right = second_look(config, data, 1.0)
    return fit_confidence_temperature(lambda t: probabilities(config, data, texts, t), right)


def fit_novelty(images: TrainingImages, seed: int = 0) -> NoveltyDetector:
    """Fit the novelty detector to training images and their degraded copies.

    Args:
        images: the training images, at the network's size, with their texts; the pixels of many
            images are a sample.
        seed: the seed of the sample and of the degradations.
    """
    chosen = sample(images, seed)
    sets = [chosen, *(copies for _, copies in degraded_copies(chosen, seed))]
    shortest, longest = label_lengths(images)
    return NoveltyDetector.fit(
        np.concatenate([each_width(image_statistics.measure, c.pixels) for c in sets]),
        # A reading without text is rejected as such, whether or not training images have none.
        text_lengths=(max(1, shortest), max(1, longest)),
    )
