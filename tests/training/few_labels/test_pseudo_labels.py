import csv
import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.training.few_labels.pseudo_labels import PseudoLabels, pseudo_labels


class Model:
    """Reads the value of the first pixel of an image by a table."""

    def __init__(self, readings: dict[int, tuple[str, float]], config: CaptchaConfig) -> None:
        self.config = config
        self._readings = readings

    def predict_pixels(self, pixels, views) -> list[Any]:
        assert views == 1
        found = [self._readings[int(image.flat[0])] for image in pixels]
        return [SimpleNamespace(text=text, confidence=sure) for text, sure in found]


def unlabelled(count: int) -> LabelledImages:
    pixels = np.stack([np.full((2, 3, 1), n, np.uint8) for n in range(count)])
    return LabelledImages(pixels, ("",) * count, tuple(f"{n}.png" for n in range(count)))


def test_sure_readings_of_expected_lengths_are_believed():
    readings = {
        0: ("ab", 0.95),
        1: ("ab", 0.79),  # Not sure enough.
        2: ("abc", 0.99),  # Longer than any label of a person.
        3: ("", 1.0),
        4: ("b", 0.8),
    }
    model: Any = Model(readings, CaptchaConfig("abc"))
    found = pseudo_labels(model, unlabelled(5), (1, 2))
    assert found.images.names == ("0.png", "4.png")
    assert found.images.labels == ("ab", "b")
    assert found.confidences == (0.95, 0.8)
    assert [image.flat[0] for image in found.images.pixels] == [0, 4]


def test_a_pseudo_label_is_as_labels_are_trained():
    config = replace(CaptchaConfig("abc"), case="lower")
    model: Any = Model({0: ("Ab", 1.0)}, config)
    assert pseudo_labels(model, unlabelled(1), (2, 2)).images.labels == ("ab",)


def test_nothing_may_be_believed():
    model: Any = Model(dict.fromkeys(range(3), ("a", 0.5)), CaptchaConfig("abc"))
    assert pseudo_labels(model, unlabelled(3), (1, 1)).confidences == ()


def test_the_table_begins_with_the_least_sure():
    images = replace(unlabelled(3), labels=("a", "b,c", "d"))
    rows = csv.reader(io.StringIO(PseudoLabels(images, (0.9, 0.81234, 1.0)).to_csv()))
    assert list(rows) == [
        ["file_name", "text", "confidence"],
        ["1.png", "b,c", "0.8123"],
        ["0.png", "a", "0.9000"],
        ["2.png", "d", "1.0000"],
    ]
