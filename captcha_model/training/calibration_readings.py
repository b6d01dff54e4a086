"""What a model reads in the images that a calibration is fitted to, and whether that is right."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.temperature import negative_log_likelihoods
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
    """Read all views together; takes and returns what `first_look` does.

    Where there is one view and no closer look, it is the same.
    """
    if not data.has_more_looks:
        return first_look(config, data, temperature)

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


def probabilities(
    config: CaptchaConfig, data: CalibrationData, texts: Sequence[str], temperature: float
) -> Floats:
    """Return the probability of a text in each image, as the mean over all looks at it.

    Args:
        config: the settings of the model.
        data: M images.
        texts: M texts.
        temperature: the logits are divided by it.

    Returns:
        Shape (M,).
    """
    ids = [config.vocabulary.encode(text) for text in texts]
    log_probability = head_of(config).log_probability

    def of(logits: npt.NDArray[np.float32], rows: Sequence[int]) -> Floats:
        chosen = [ids[row] for row in rows]
        return np.exp(-negative_log_likelihoods(logits, chosen, log_probability, temperature))

    views = (data.logits, *data.views)
    total = np.sum([of(view, range(len(ids))) for view in views], axis=0)
    looks = np.full(len(ids), len(views))
    if data.closer:
        rows = list(data.closer.rows)
        total[rows] += of(data.closer.logits, rows)
        looks[rows] += 1
    found: Floats = total / looks
    return found


def _compared(
    config: CaptchaConfig, data: CalibrationData, texts: Sequence[str], found: Floats
) -> tuple[list[str], Floats, Flags]:
    read = [config.vocabulary.in_reading_order(text) for text in texts]
    right = [
        comparable(text, config.case) == comparable(label, config.case)
        for text, label in zip(read, data.labels, strict=True)
    ]
    return read, found, np.array(right)
