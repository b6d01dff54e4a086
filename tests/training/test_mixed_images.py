from collections import Counter

import numpy as np

from captcha_model.data.samples import LabelledImages
from captcha_model.training.mixed_images import MixedImages


def labelled(*labels: str) -> LabelledImages:
    pixels = np.stack([np.full((2, 3, 1), ord(label[0]), np.uint8) for label in labels])
    return LabelledImages(pixels, labels, labels)


def test_every_other_image_is_one_that_a_person_has_labelled():
    mixed = MixedImages(labelled("a", "b"), labelled("x", "yyy", "z"), 12, seed=4)
    assert len(mixed) == 12
    assert mixed.label_lengths == (1, 3)
    assert mixed.different == 5
    # Without end: as long as six epochs.
    chosen = mixed.select(range(72))
    assert set(chosen.labels[::2]) == {"a", "b"}
    assert Counter(chosen.labels) == {"a": 18, "b": 18, "x": 12, "yyy": 12, "z": 12}
    for pixels, label in zip(chosen.pixels, chosen.labels, strict=True):
        assert (pixels == ord(label[0])).all()


def test_an_image_depends_on_its_index_and_the_seed_alone():
    mixed = MixedImages(labelled("a", "b", "c"), labelled("x", "y"), 6, seed=4)
    whole = mixed.select(range(30)).labels
    assert tuple(mixed.select([n]).labels[0] for n in range(30)) == whole
    assert MixedImages(mixed.labelled, mixed.believed, 6, seed=5).select(range(30)).labels != whole
