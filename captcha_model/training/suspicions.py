"""Labels compared with what a network reads in images that it was not trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.letter_case import Case
from captcha_model.decoding.posterior import predictions
from captcha_model.evaluation.label_audit import Suspicion, suspect
from captcha_model.inference.pipeline import frames_of
from captcha_model.inference.reader import Reader
from captcha_model.inference.reading_order import ordered
from captcha_model.training.label_case import head_of, known_label

BATCH = 256  # Images that are compared at once, to limit the memory.


@dataclass(frozen=True)
class AuditedFold:
    """The audit of one fold.

    Attributes:
        number: of the fold, from 0.
        suspicions: one per image of the fold, in the order of the images.
    """

    number: int
    suspicions: tuple[Suspicion, ...]


def suspicions_of(model: Reader, images: LabelledImages) -> list[Suspicion]:
    """Compare labels with what a model reads in images that it was not trained on.

    Args:
        model: has all characters of the labels in its vocabulary.
        images: at the network's input size.
    """
    found: list[Suspicion] = []
    for start in range(0, len(images), BATCH):
        batch = images.select(range(start, min(start + BATCH, len(images))))
        found += suspicions(model.config, model.logits(batch.pixels), batch)
    return found


def suspicions(
    config: CaptchaConfig, logits: npt.NDArray[np.floating[Any]], images: LabelledImages
) -> list[Suspicion]:
    """Compare labels with the logits of a network that was not trained on their images.

    Args:
        config: the settings of the network; it knows all characters of the labels.
        logits: shape (N, T, C).
        images: N images at the network's input size.
    """
    architecture, head = networks.describe(config), head_of(config)
    visual = predictions(
        logits,
        config.characters,
        frames_of(images.pixels),
        head,
        left_to_right=architecture.left_to_right,
    )
    readings = ordered(visual, config.vocabulary)
    # Where case does not matter, the readings are in lower case as far as the vocabulary has it.
    case: Case = "keep" if config.case == "keep" else "lower"
    labels = [known_label(label, config.characters, case) for label in images.labels]
    probabilities = head.log_probability(
        log_softmax(logits), list(map(config.vocabulary.encode, labels))
    )
    compared = zip(images.names, labels, readings, probabilities.tolist(), strict=True)
    return [suspect(*image) for image in compared]
