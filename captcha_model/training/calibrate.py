"""Fits everything in a `Calibration` to images that the network was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model.calibration import image_statistics
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.calibration.temperature import TemperatureFit, fit_temperature
from captcha_model.calibration.threshold import fit_threshold
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.data.samples import LabelledImages, TrainingImages, label_lengths
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.decoding import posterior
from captcha_model.decoding.letter_case import comparable
from captcha_model.decoding.own_steps import join_steps
from captcha_model.errors import DataError
from captcha_model.images.by_width import each_width
from captcha_model.inference.reader import Reader
from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.selective import OperatingPoint
from captcha_model.model_card import CalibrationFacts, today
from captcha_model.training.calibrate_constraints import constraint_threshold
from captcha_model.training.label_case import head_of, known_label

PRECISION = 0.99
"""The share of accepted readings that should be right."""

LABEL_NOISE = 5e-5
"""The probability that a label shows one particular other text than its image.

One label in 200 is wrong, and then it is one of about a hundred texts that are one edit away.
Without this, a few wrong labels would decide the temperature of a network that is nearly always
right, because each costs as much as the network is confident.
"""

MAX_IMAGES = 500
"""Of more images a sample is used, because every image is read in all its degraded copies."""


@dataclass(frozen=True)
class CalibrationData:
    """The logits of labelled images and of their degraded copies.

    Attributes:
        logits: shape (M, T, C).
        labels: M texts.
        kinds: M names, "clean" or that of a degradation.
        images: M numbers; the copies of an image have the number of the image.
    """

    logits: npt.NDArray[np.float32]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]
    images: tuple[int, ...]

    def select(self, rows: Sequence[int]) -> "CalibrationData":
        """Return some of the rows."""
        return CalibrationData(
            self.logits[list(rows)],
            tuple(self.labels[n] for n in rows),
            tuple(self.kinds[n] for n in rows),
            tuple(self.images[n] for n in rows),
        )


@dataclass(frozen=True)
class CalibrationResult:
    """A calibration and the measurements that it rests on.

    Attributes:
        calibration: what is saved with the model.
        fit: how the temperature was found.
        accepted: what the threshold leaves of the readings that it was fitted to.
        before: the reliability of all readings at temperature 1.
        after: the reliability of all readings at the fitted temperature.
    """

    calibration: Calibration
    fit: TemperatureFit
    accepted: OperatingPoint
    before: Reliability
    after: Reliability

    def facts(self, data: str, split: str) -> CalibrationFacts:
        """Return what a card shows; the arguments are attributes of `CalibrationFacts`."""
        return CalibrationFacts(
            date=today(),
            data=data,
            split=split,
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
            f"calibrated on {self.after.images} readings, of degraded copies too: "
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


def gather(reader: Reader, images: LabelledImages, seed: int = 0) -> CalibrationData:
    """Run a network on images and on each of their degraded copies.

    Args:
        reader: the model.
        images: N images that it was not trained on, at its network's size.
        seed: the seed of the degradations.

    Returns:
        16 N rows: the images, then each degradation of all of them.
    """
    sets = [("clean", images), *((d.name, copies) for d, copies in degraded_copies(images, seed))]
    count = len(images)
    logits = (
        (range(n * count, (n + 1) * count), reader.logits(copies.pixels))
        for n, (_, copies) in enumerate(sets)
    )
    return CalibrationData(
        join_steps(count * len(sets), logits),
        tuple(label for _, copies in sets for label in copies.labels),
        tuple(kind for kind, copies in sets for _ in copies.labels),
        tuple(n for _, copies in sets for n in range(len(copies))),
    )


def fit_calibration(
    config: CaptchaConfig, data: CalibrationData, novelty: NoveltyDetector | None
) -> CalibrationResult:
    """Fit the temperature and the thresholds of texts and of constraints.

    Args:
        config: the settings of the model that gave the logits.
        data: of images that the model was not trained on.
        novelty: goes into the calibration as it is.

    Raises:
        DataError: no label is a text that the network could read.
    """
    labels = tuple(known_label(label, config.characters, config.case) for label in data.labels)
    data = replace(data, labels=labels).select(
        [n for n, label in enumerate(labels) if not config.vocabulary.unknown(label)]
    )
    if not data.labels:
        raise DataError("The model knows the characters of no label.", code="SPLIT_EMPTY")
    fit = fit_temperature(
        data.logits,
        [config.vocabulary.encode(label) for label in data.labels],
        head_of(config).log_probability,
        LABEL_NOISE,
    )
    before = measure(*confidences_of(config, data, 1.0))
    confidences, right = confidences_of(config, data, fit.temperature)
    accepted = fit_threshold(confidences, right, data.images, PRECISION)
    constraints = constraint_threshold(
        config,
        data,
        confidences,
        right,
        temperature=fit.temperature,
        min_confidence=accepted.threshold,
    )
    calibration = Calibration(fit.temperature, accepted.threshold, novelty, constraints)
    return CalibrationResult(calibration, fit, accepted, before, measure(confidences, right))


def confidences_of(
    config: CaptchaConfig, data: CalibrationData, temperature: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the confidences (M,) of readings at a temperature, and whether they are right (M,)."""
    head = head_of(config)
    texts, confidences = posterior.confidences(
        data.logits, config.characters, head, temperature=temperature
    )
    read = map(config.vocabulary.in_reading_order, texts)
    right = [
        comparable(text, config.case) == comparable(label, config.case)
        for text, label in zip(read, data.labels, strict=True)
    ]
    return confidences, np.array(right)


def fit_novelty(images: TrainingImages, seed: int = 0) -> NoveltyDetector:
    """Fit the novelty detector to training images and their degraded copies.

    Args:
        images: the training images, at the network's size, with their texts; the pixels of many
            images are a sample.
        seed: the seed of the sample and of the degradations.
    """
    chosen = sample(images, seed)
    sets = [chosen, *(copies for _, copies in degraded_copies(chosen, seed))]
    return NoveltyDetector.fit(
        np.concatenate([each_width(image_statistics.measure, c.pixels) for c in sets]),
        text_lengths=label_lengths(images),
    )


def sample(images: TrainingImages, seed: int = 0) -> LabelledImages:
    """Return at most `MAX_IMAGES` of the images, the same ones for a seed, in their order."""
    order = np.random.default_rng(seed).permutation(len(images))[:MAX_IMAGES]
    return images.select(np.sort(order))
