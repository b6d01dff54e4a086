import warnings

import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataWarning
from captcha_model.training.dataset import warn_of_unseen


def images(*labels: str) -> LabelledImages:
    names = tuple(f"{label}.png" for label in labels)
    return LabelledImages(np.zeros((len(labels), 4, 4, 1), np.uint8), labels, names)


def test_a_character_that_stands_only_outside_the_training_split_is_named():
    found = images("ab", "aq", "qz")
    message = r"'q' in aq.png, qz.png; 'z' in qz.png\. Add images"
    with pytest.warns(DataWarning, match=message):
        warn_of_unseen(found, found.select([0]), "abqzx")


def test_no_warning_if_the_training_split_has_them_all():
    found = images("ab", "ba")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unseen(found, found.select([1]), "ab")
        warn_of_unseen(found, found.select([1]), "abx")  # No image has it at all.
