"""Everything that a `Calibration` holds, fitted to images that the network was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.calibration import image_statistics
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.calibration.temperature import TemperatureFit, fit_temperature
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.data.samples import ImageSet, LabelledImages
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.decoding.posterior import Decoding, read
from captcha_model.decoding.spans import Frame
from captcha_model.errors import DataError
from captcha_model.inference.reader import Reader
from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.selective import OperatingPoint, highest_precision, operating_point
from captcha_model.model_card import CalibrationFacts, today

PRECISION = 0.99
# One-sided 95 %: that many readings are right is not to be a matter of luck.
CERTAINTY = 1.644854
# How probably a label says any certain other text than its image: one label of 200 is wrong, and as
# one of the hundred texts that are one edit away. Without it a few wrong labels, which cost as much
# as the network is sure, would decide the temperature where it is nearly always right.
LABEL_NOISE = 5e-5
MOST = 250  # Of more images a sample is taken, because every one is read in all its copies.


@dataclass(frozen=True)
class CalibrationData:
    """What a network gives for labelled images and their degraded copies.

    Attributes:
        logits: shape (M, T, C).
        labels: M texts.
        kinds: M names, "clean" or that of a degradation.
    """

    logits: npt.NDArray[np.float32]
    labels: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class CalibrationResult:
    """A calibration, and what it rests on.

    Attributes:
        calibration: to be saved with the model.
        fit: how the temperature was found.
        accepted: what the threshold gives on the images that it was fitted to.
        before: the reliability of the images and their degraded copies at temperature 1.
        after: the same at the fitted temperature.
    """

    calibration: Calibration
    fit: TemperatureFit
    accepted: OperatingPoint
    before: Reliability
    after: Reliability

    def facts(self, data: str, part: str) -> CalibrationFacts:
        """Return what a card tells of it; the arguments are attributes of `CalibrationFacts`."""
        return CalibrationFacts(
            date=today(),
            data=data,
            part=part,
            images=self.after.images,
            ece_before=self.before.ece,
            ece=self.after.ece,
            auroc=self.after.auroc,
            accepted=self.accepted.accepted,
            correct=self.accepted.right,
        )

    def to_text(self) -> str:
        """Return what a person at a terminal wants to know."""
        return (
            f"calibrated on {self.after.images} readings, of degraded copies too: "
            f"temperature {self.fit.temperature:.3f}, ECE {self.before.ece:.2%} -> "
            f"{self.after.ece:.2%}\naccepted by default: {self.accepted.to_text()}"
        )


def gather(reader: Reader, images: LabelledImages, seed: int = 0) -> CalibrationData:
    """Run a network on images and on each of their degraded copies.

    Args:
        reader: the model.
        images: that it was not trained on, at its network's size.
        seed: of the degradations.
    """
    parts = [("clean", images)]
    parts += [(damage.name, copies) for damage, copies in degraded_copies(images, seed)]
    return CalibrationData(
        np.concatenate([reader.logits(part.pixels) for _, part in parts]),
        tuple(label for _, part in parts for label in part.labels),
        tuple(kind for kind, part in parts for _ in part.labels),
    )


def fit_calibration(
    config: CaptchaConfig, evidence: CalibrationData, familiarity: NoveltyDetector | None
) -> CalibrationResult:
    """Fit the temperature and the threshold.

    Args:
        config: of the model that gave the evidence.
        evidence: of images that it was not trained on.
        familiarity: goes into the calibration as it is.

    Raises:
        DataError: no label is a text that the network could read.
    """
    readable = [
        n for n, label in enumerate(evidence.labels) if not config.vocabulary.unknown(label)
    ]
    logits = evidence.logits[readable]
    labels = [evidence.labels[n] for n in readable]
    if not labels:
        raise DataError("The model knows the characters of no label.", code="SPLIT_EMPTY")
    output = networks.describe(config).output
    fit = fit_temperature(
        logits,
        [config.vocabulary.encode(label) for label in labels],
        output.log_probability,
        LABEL_NOISE,
    )
    before = read_calibration_data(config, logits, labels, 1.0)
    confidences, right = read_calibration_data(config, logits, labels, fit.temperature)
    # Where the labels are not that good themselves, or the images too few to show it, the threshold
    # is the one from which on most is shown to be right.
    shown = highest_precision(confidences, right, CERTAINTY)
    accepted = operating_point(confidences, right, min(PRECISION, shown) or PRECISION, CERTAINTY)
    calibration = Calibration(fit.temperature, accepted.threshold, familiarity)
    return CalibrationResult(
        calibration, fit, accepted, measure(*before), measure(confidences, right)
    )


def read_calibration_data(
    config: CaptchaConfig,
    logits: npt.NDArray[np.float32],
    labels: Sequence[str],
    temperature: float,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the confidences of readings, (N,), and whether they are right, (N,)."""
    decoding = Decoding(output=networks.describe(config).output, temperature=temperature)
    frames = [Frame(config.width, config.height)] * len(logits)
    readings = read(logits, config.characters, frames, decoding)
    right = [reading.text == label for reading, label in zip(readings, labels, strict=True)]
    return np.array([reading.confidence for reading in readings]), np.array(right)


def fit_novelty(images: ImageSet, seed: int = 0) -> NoveltyDetector:
    """Learn what the images of a training set look like, and their degraded copies.

    Args:
        images: the training images, at the network's size; of many a sample is taken.
        seed: of the sample and the degradations.
    """
    chosen = sample(images, seed)
    parts = [chosen, *(copies for _, copies in degraded_copies(chosen, seed))]
    return NoveltyDetector.fit(
        np.concatenate([image_statistics.measure(part.pixels) for part in parts])
    )


def sample(images: ImageSet, seed: int = 0) -> LabelledImages:
    """Return up to `MOST` of the images, the same ones for a seed."""
    order = np.random.default_rng(seed).permutation(len(images))[:MOST]
    return images.select(np.sort(order))
