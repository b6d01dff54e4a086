"""Pseudo-labels: what a model reads in images without a label, where it is sure of it.

A training with them repeats itself: a model is trained on the labels of people, reads the other
images, and a new one is trained on both, which then reads them again, better than the one before.
Wrong pseudo-labels would confirm themselves if they were kept, so every round chooses all anew.
"""

import csv
import io
from dataclasses import dataclass

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.model import CaptchaModel
from captcha_model.training.label_case import known_label

ROUNDS = 2
"""How often the images without a label are read and trained on."""

SURE = 0.8
"""The least confidence of a reading that becomes a label, before any calibration."""

_HEADER = ("file_name", "text", "confidence")


@dataclass(frozen=True)
class PseudoLabels:
    """The images whose readings are believed.

    Attributes:
        images: with the readings as labels.
        confidences: of the readings, before any calibration; in the same order.
    """

    images: LabelledImages
    confidences: tuple[float, ...]

    def to_csv(self) -> str:
        """Return a table of them, the least sure first, as `--data` takes it."""
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(_HEADER)
        rows = zip(self.confidences, self.images.names, self.images.labels, strict=True)
        table.writerows((name, text, f"{sure:.4f}") for sure, name, text in sorted(rows))
        return out.getvalue()


def pseudo_labels(
    model: CaptchaModel, unlabelled: LabelledImages, lengths: tuple[int, int]
) -> PseudoLabels:
    """Return the images that a model is sure of.

    Args:
        model: of the current round.
        unlabelled: images; their labels are not looked at.
        lengths: of the shortest and the longest label of people; other readings are not believed.
    """
    shortest, longest = lengths
    readings = model.predict_pixels(unlabelled.pixels, views=1)
    sure = [
        n
        for n, reading in enumerate(readings)
        if reading.confidence >= SURE and shortest <= len(reading.text) <= longest
    ]
    chosen = unlabelled.select(sure)
    labels = tuple(_label(readings[n].text, model.config) for n in sure)
    return PseudoLabels(
        LabelledImages(chosen.pixels, labels, chosen.names),
        tuple(readings[n].confidence for n in sure),
    )


def _label(text: str, config: CaptchaConfig) -> str:
    return known_label(text, config.characters, config.case)
