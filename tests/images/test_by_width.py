import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.images.by_width import choose, each_width, groups, join, stack, widths


def image(width: int, level: int = 0) -> np.ndarray:
    return np.full((2, width, 3), level, np.uint8)


def several(sizes: list[int]):
    return stack([image(size, level) for level, size in enumerate(sizes)])


def levels(pixels) -> list[int]:
    return [int(one[0, 0, 0]) for one in pixels]


def test_equal_widths_are_one_array():
    assert several([4, 4]).shape == (2, 2, 4, 3)
    assert isinstance(several([4, 5]), tuple)
    assert stack([], (2, 4, 3)).shape == (0, 2, 4, 3)


@given(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=9), st.data())
def test_every_image_keeps_its_place(sizes, data):
    pixels = several(sizes)
    assert widths(pixels).tolist() == sizes
    found = {}
    for indices, images in groups(pixels):
        assert len({sizes[i] for i in indices}) == 1
        found.update(zip(indices, levels(images), strict=True))
    assert found == {i: i for i in range(len(sizes))}
    indices = data.draw(st.lists(st.sampled_from(range(len(sizes))), max_size=9))
    assert levels(choose(pixels, indices)) == indices
    assert widths(choose(pixels, indices)).tolist() == [sizes[i] for i in indices]
    assert levels(join(pixels, choose(pixels, indices))) == [*range(len(sizes)), *indices]
    means = each_width(lambda images: images.mean(axis=(1, 2, 3)), pixels)
    assert means.tolist() == list(range(len(sizes)))


def test_joined_images_of_other_widths():
    joined = join(several([4, 4]), several([5, 5]))
    assert isinstance(joined, tuple)
    assert widths(joined).tolist() == [4, 4, 5, 5]
    assert join(several([4]), several([4])).shape == (2, 2, 4, 3)
    empty = np.empty((0, 2, 4, 3), np.uint8)
    assert join(empty, several([4])).shape == (1, 2, 4, 3)
    assert join(empty, empty).shape == (0, 2, 4, 3)
    assert widths(join(empty, several([5, 6]))).tolist() == [5, 6]
    assert levels(choose(several([4, 5]), [])) == []


def test_a_function_sees_images_of_one_width():
    seen = []

    def measure(images):
        seen.append(images.shape)
        return np.zeros((len(images), 7))

    assert each_width(measure, several([4, 5, 4])).shape == (3, 7)
    assert sorted(seen) == [(1, 2, 5, 3), (2, 2, 4, 3)]


def test_images_have_one_height():
    with pytest.raises(ValueError, match="shape"):
        each_width(lambda images: images, (np.zeros((2, 4, 3), np.uint8), image(5)[:1]))
