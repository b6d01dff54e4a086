import io
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from captcha_model.images.sources import check_stream, several

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
    ("one", "said"),
    [
        ("a.png", "'a.png'"),
        (Path("a.png"), "'a.png'"),
        (b"x", "of the type bytes"),
        (IMAGE, "of the type Image"),
        (io.BytesIO(b"x"), "of the type BytesIO"),
        (np.zeros((10, 20), np.uint8), "of the type ndarray"),
    ],
)
def test_one_image_is_no_stream(one, said):
    with pytest.raises(TypeError, match=rf"iterable of images, such as \[image\].*{said}"):
        check_stream(one)


def test_a_stream_is_not_taken_apart():
    names = iter("ab")
    check_stream(names)
    assert list(names) == ["a", "b"]


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
