import io
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captcha_model.images.sources import several

IMAGE = Image.new("L", (20, 10))


@pytest.mark.parametrize(
    "one",
    ["a.png", Path("a.png"), b"x", bytearray(b"x"), memoryview(b"x"), IMAGE, io.BytesIO(b"x")]
    + [None, 7]
    + [np.zeros(shape, np.uint8) for shape in [(10, 20), (10, 20, 1), (10, 20, 3), (10, 20, 4)]]
    + [np.zeros(shape, np.uint8) for shape in [(7,), (10, 20, 2), (1, 1, 1, 1, 1)]],
)  # fmt: skip
def test_one_image_is_one(one):
    assert several(one) is None


@pytest.mark.parametrize(
    "many",
    [["a", "b"], ("a", "b"), deque("ab"), {"a": 1, "b": 2}, (name for name in "ab")],
    ids=lambda many: type(many).__name__,
)
def test_any_iterable_is_several(many):
    assert several(many) == ["a", "b"]


@pytest.mark.parametrize("shape", [(3, 10, 20), (3, 10, 20, 1), (3, 10, 20, 3)])
def test_an_array_of_images_is_several(shape):
    images = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    found = several(images)
    assert found is not None
    assert len(found) == 3
    for image, expected in zip(found, images, strict=True):
        np.testing.assert_array_equal(image, expected)
