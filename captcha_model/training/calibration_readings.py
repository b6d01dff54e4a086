"""What a model reads in the images that a calibration is fitted to, and whether that is right."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.confidences import confidences, confidences_of_views
from captcha_model.decoding.letter_case import comparable
from captcha_model.training.calibration_data import CalibrationData
from captcha_model.training.label_case import head_of

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def first_look(
    config: CaptchaConfig, data: CalibrationData, temperature: float
) -> tuple[list[str], Floats, Flags]:
    """Read the first view.

    Args:
        config: the settings of the model.
        data: M images.
        temperature: the logits are divided by it.

    Returns:
        M texts, their confidences and whether they are right, each of shape (M,).
    """
    texts, found = confidences(
        data.logits, config.characters, head_of(config), temperature=temperature
    )
    read = [config.vocabulary.in_reading_order(text) for text in texts]
    return read, found, _right(config, data, read)


def second_look(
    config: CaptchaConfig, data: CalibrationData, temperature: float
) -> tuple[Floats, Flags]:
    """Read all views together, and return what `first_look` does, without the texts."""
    texts, found = confidences_of_views(
        (data.logits, *data.views), config.characters, head_of(config), temperature=temperature
    )
    read = [config.vocabulary.in_reading_order(text) for text in texts]
    return found, _right(config, data, read)


def _right(config: CaptchaConfig, data: CalibrationData, texts: Sequence[str]) -> Flags:
    labels = (comparable(label, config.case) for label in data.labels)
    read = (comparable(text, config.case) for text in texts)
    return np.array([a == b for a, b in zip(read, labels, strict=True)])
