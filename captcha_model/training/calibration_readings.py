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
    found = confidences(data.logits, config.characters, head_of(config), temperature=temperature)
    return _compared(config, data, *found)


def second_look(
    config: CaptchaConfig, data: CalibrationData, temperature: float
) -> tuple[list[str], Floats, Flags]:
    """Read all views together; takes and returns what `first_look` does."""

    def read(views: Sequence[npt.NDArray[np.float32]]) -> tuple[list[str], Floats]:
        return confidences_of_views(
            views, config.characters, head_of(config), temperature=temperature
        )

    views = (data.logits, *data.views)
    texts, found = read(views)
    if data.closer:
        rows = list(data.closer.rows)
        again, found[rows] = read([*(view[rows] for view in views), data.closer.logits])
        for row, text in zip(rows, again, strict=True):
            texts[row] = text
    return _compared(config, data, texts, found)


def _compared(
    config: CaptchaConfig, data: CalibrationData, texts: Sequence[str], found: Floats
) -> tuple[list[str], Floats, Flags]:
    read = [config.vocabulary.in_reading_order(text) for text in texts]
    right = [
        comparable(text, config.case) == comparable(label, config.case)
        for text, label in zip(read, data.labels, strict=True)
    ]
    return read, found, np.array(right)
