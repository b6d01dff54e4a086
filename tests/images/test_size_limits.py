import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import ImageError
from captcha_model.images.size_limits import MAX_ASPECT, MAX_PIXELS, MIN_SIDE, check_size


def code_of(width: int, height: int) -> str | None:
    try:
        check_size(width, height)
    except ImageError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (200, 50, None),
        (4, 4, None),
        (4, 200, None),
        (4096, 4096, None),
        (4097, 4096, "IMAGE_TOO_LARGE"),
        (2**31, 2**31, "IMAGE_TOO_LARGE"),
        (3, 4, "IMAGE_TOO_SMALL"),
        (1, 1, "IMAGE_TOO_SMALL"),
        (0, 0, "IMAGE_TOO_SMALL"),
        (0, 10_000, "IMAGE_TOO_SMALL"),
        (-200, 50, "IMAGE_TOO_SMALL"),
        (10_000, 1, "IMAGE_ASPECT"),
        (4, 201, "IMAGE_ASPECT"),
    ],
)
def test_sizes(width, height, code):
    assert code_of(width, height) == code


@given(st.integers(-1, 2**32), st.integers(-1, 2**32))
def test_what_passes_is_within_every_bound_and_the_order_of_sides_is_nothing(width, height):
    code = code_of(width, height)
    assert code == code_of(height, width)
    within = (
        width * height <= MAX_PIXELS
        and min(width, height) >= MIN_SIDE
        and max(width, height) <= MAX_ASPECT * min(width, height)
    )
    assert (code is None) == within
