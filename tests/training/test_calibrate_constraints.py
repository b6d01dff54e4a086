import re

import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.training import calibrate_constraints
from captcha_model.training.calibrate import fit_calibration
from captcha_model.training.calibrate_constraints import constraint_threshold, true_constraints
from captcha_model.training.calibration_data import CalibrationData

CONFIG = CaptchaConfig("ab1", "multi-head", height=8, width=16, options={"places": 2})
# A reading "a1": at the second position the blank has the rest.
UNSURE = np.log(np.array([[0.01, 0.97, 0.01, 0.01], [0.58, 0.01, 0.01, 0.4]], np.float32))
SURE = np.log(np.array([[0.01, 0.97, 0.01, 0.01], [0.01, 0.01, 0.01, 0.97]], np.float32))


def data_of(*logits: np.ndarray, label: str = "a1") -> CalibrationData:
    count = len(logits)
    return CalibrationData(
        np.array(logits), (label,) * count, ("clean",) * count, tuple(range(count))
    )


def threshold(data: CalibrationData, min_confidence: float | None = 0.0, right=None) -> float:
    count = len(data.labels)
    confidences = np.exp(data.logits[:, 0, 1] + data.logits[:, 1, 3]).astype(float)
    return constraint_threshold(
        CONFIG,
        data,
        confidences,
        np.ones(count, bool) if right is None else np.array(right),
        temperature=1.0,
        min_confidence=min_confidence,
    )


@pytest.mark.parametrize("label", ["a1", "AbC", "2b827", "a-b.c", "a b", "é9", "漢字1", "_", "\\d"])
def test_a_label_satisfies_its_true_constraints(label):
    found = true_constraints(label)
    assert found["length"] == len(label)
    assert set(found["charset"]) == set(label)
    assert re.fullmatch(found["pattern"], label)


def test_the_pattern_of_a_label_has_its_digits_letters_and_other_characters():
    assert true_constraints("a1-")["pattern"] == r"[^\W\d]\d\-"


def test_the_least_likely_true_constraint_decides():
    # The length 2 has 0.99 * 0.42, the pattern and the charset a little less or more.
    assert threshold(data_of(SURE)) == 0.5
    assert threshold(data_of(SURE, UNSURE)) == pytest.approx(0.98 * 0.4, abs=1e-3)
    # One such reading of a thousand may be lost.
    assert threshold(data_of(UNSURE, *[SURE] * 999)) == 0.5


def test_readings_that_are_wrong_or_not_accepted_anyway_do_not_count():
    data = data_of(SURE, UNSURE)
    assert threshold(data, right=[True, False]) == 0.5
    assert threshold(data, right=[False, False]) == 0.5
    # Given its length, "a1" has 0.97 * 0.4 / (0.99 * 0.42), which is above 0.9 and below 0.99.
    assert threshold(data, min_confidence=0.9) < 0.5
    assert threshold(data, min_confidence=0.995) == 0.5
    assert threshold(data, min_confidence=None) < 0.5


def test_of_many_readings_those_of_some_images_are_used(monkeypatch):
    monkeypatch.setattr(calibrate_constraints, "MAX_READINGS", 5)
    taken = []
    restrict = calibrate_constraints.restrict

    def counted(logits, *arguments):
        taken.append(len(logits))
        return restrict(logits, *arguments)

    monkeypatch.setattr(calibrate_constraints, "restrict", counted)
    data = data_of(*[SURE] * 20)
    copies = CalibrationData(data.logits, data.labels, data.kinds, tuple(n // 2 for n in range(20)))
    assert threshold(copies) == 0.5
    assert taken == [4, 4, 4]


def test_the_calibration_has_the_fitted_threshold():
    data = data_of(*[SURE] * 300, *[UNSURE] * 100)
    result = fit_calibration(CONFIG, data, None)
    assert result.calibration.min_constraint_probability <= 0.5
    assert result.to_text().endswith(
        f"less than {100 * result.calibration.min_constraint_probability:.4g}%"
    )


def test_a_model_of_texts_in_reading_order_is_calibrated_without_patterns():
    """Patterns are of the order of the picture, so that such a model refuses them."""
    config = CaptchaConfig(
        "אב1", "multi-head", height=8, width=16, options={"places": 2}, reading_order="logical"
    )
    data = data_of(*[SURE] * 50, label="1א")
    result = fit_calibration(config, data, None)
    assert result.after.accuracy == 1.0
    assert result.calibration.min_constraint_probability == 0.5
