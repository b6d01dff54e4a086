import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from captcha_model.errors import ImageError
from captcha_model.images.arrays import to_eight_bits

LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (LEVELS, LEVELS),
        (LEVELS[..., None], LEVELS),
        (LEVELS.astype(np.uint16) * 257, LEVELS),
        (LEVELS / 255, LEVELS),
        ((LEVELS / 255).astype(np.float32), LEVELS),
        (np.eye(4, dtype=bool), np.eye(4, dtype=np.uint8) * 255),
        (np.full((4, 4), 0.5), np.full((4, 4), 128, np.uint8)),
        (np.full((4, 4), 128, np.uint16), np.zeros((4, 4), np.uint8)),
        (np.full((4, 4), 129, np.uint16), np.ones((4, 4), np.uint8)),
        (np.stack([LEVELS] * 4, axis=-1), np.stack([LEVELS] * 4, axis=-1)),
    ],
)
def test_values(array, expected):
    result = to_eight_bits(array)
    assert (result.dtype, result.shape) == (np.uint8, expected.shape)
    assert (result == expected).all()
    assert result.flags.c_contiguous


anything = hnp.arrays(
    st.one_of(
        hnp.boolean_dtypes(),
        hnp.unsigned_integer_dtypes(endianness="?"),
        hnp.integer_dtypes(endianness="?"),
        hnp.floating_dtypes(endianness="?"),
        hnp.complex_number_dtypes(),
        hnp.datetime64_dtypes(),
        hnp.byte_string_dtypes(),
        hnp.array_dtypes(),
    ),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=8),
)


@given(anything)
def test_an_array_is_an_image_or_gets_a_code(array):
    """Slowly, value by value."""
    before = array.copy()
    try:
        result = to_eight_bits(array)
    except ImageError as error:
        assert error.code in ("ARRAY_SHAPE", "ARRAY_TYPE", "ARRAY_RANGE", "IMAGE_TOO_SMALL")
    else:
        largest = {"b": 1, "f": 1, "u": 2 ** (8 * array.dtype.itemsize) - 1}[array.dtype.kind]
        flat = result.reshape(-1)
        for value, level in zip(array.reshape(-1).tolist(), flat.tolist(), strict=True):
            assert abs(value / largest * 255 - level) <= 0.501
    assert before.tobytes() == array.tobytes()
