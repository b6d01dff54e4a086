import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.training.calibration_data import CalibrationData, CloserLooks
from captcha_model.training.calibration_readings import (
    first_look,
    probabilities,
    second_look,
)

CONFIG = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 2})


def logits_of(*readings: tuple[str, float]) -> np.ndarray:
    logits = np.zeros((len(readings), 2, 4), np.float32)
    for n, (text, strength) in enumerate(readings):
        logits[n, [0, 1], CONFIG.vocabulary.encode(text)] = strength
    return logits


def share(strength: float) -> float:
    return np.exp(strength) / (np.exp(strength) + 3)


def test_the_first_look_by_hand():
    data = CalibrationData(logits_of(("ab", 4), ("cb", 2)), ("ab",) * 2, ("clean",) * 2, (0, 1))
    texts, confidences, right = first_look(CONFIG, data, 2.0)
    assert texts == ["ab", "cb"]
    assert confidences == pytest.approx([share(2) ** 2, share(1) ** 2])
    assert right.tolist() == [True, False]


def test_the_second_look_by_hand():
    views = (logits_of(("ab", 4), ("ab", 8)), logits_of(("ab", 2), ("ab", 8)))
    first = logits_of(("ab", 6), ("cb", 2))
    data = CalibrationData(first, ("ab",) * 2, ("clean",) * 2, (0, 1), views)
    texts, confidences, right = second_look(CONFIG, data, 2.0)
    assert texts == ["ab", "ab"]
    assert confidences[0] == pytest.approx((share(3) ** 2 + share(2) ** 2 + share(1) ** 2) / 3)
    other = (1 - share(1)) / 3 * share(1)  # Of "ab", where "cb" is read.
    assert confidences[1] == pytest.approx((other + 2 * share(4) ** 2) / 3)
    assert right.tolist() == [True, True]


def test_closer_looks_are_views_of_the_images_that_have_one():
    first = logits_of(("ab", 6), ("cb", 2), ("ca", 4))
    closer = CloserLooks((1,), logits_of(("ab", 8)))
    data = CalibrationData(first, ("ab", "ab", "ca"), ("clean",) * 3, (0, 1, 2), closer=closer)
    texts, confidences, right = second_look(CONFIG, data, 2.0)
    assert texts == ["ab", "ab", "ca"]
    other = (1 - share(1)) / 3 * share(1)  # Of "ab", where "cb" is read.
    wanted = [share(3) ** 2, (other + share(4) ** 2) / 2, share(2) ** 2]
    assert confidences == pytest.approx(wanted)
    assert right.tolist() == [True, True, True]
    # Other widths are views beside it.
    widths = (logits_of(("ab", 6), ("ab", 8), ("ca", 4)),)
    both = CalibrationData(first, data.labels, data.kinds, data.images, widths, closer)
    texts, confidences, _ = second_look(CONFIG, both, 2.0)
    assert texts == ["ab", "ab", "ca"]
    assert confidences[1] == pytest.approx((other + 2 * share(4) ** 2) / 3)
    assert confidences[[0, 2]] == pytest.approx([share(3) ** 2, share(2) ** 2])


def test_the_probability_of_a_text_is_that_of_the_looks_in_the_mean():
    first = logits_of(("ab", 6), ("cb", 2), ("ca", 4))
    widths = (logits_of(("ab", 6), ("ab", 8), ("ca", 2)),)
    closer = CloserLooks((1,), logits_of(("ab", 8)))
    data = CalibrationData(first, ("a",) * 3, ("clean",) * 3, (0, 1, 2), widths, closer)
    other = (1 - share(1)) / 3 * share(1)
    wanted = [share(3) ** 2, (other + 2 * share(4) ** 2) / 3, (share(2) ** 2 + share(1) ** 2) / 2]
    assert probabilities(CONFIG, data, ["ab", "ab", "ca"], 2.0) == pytest.approx(wanted)
    # As the second look gives it to what it reads.
    texts, confidences, _ = second_look(CONFIG, data, 2.0)
    assert probabilities(CONFIG, data, texts, 2.0) == pytest.approx(confidences)
    alone = CalibrationData(first, data.labels, data.kinds, data.images)
    texts, confidences, _ = first_look(CONFIG, alone, 2.0)
    assert probabilities(CONFIG, alone, texts, 2.0) == pytest.approx(confidences)
    assert second_look(CONFIG, alone, 2.0)[0] == texts
