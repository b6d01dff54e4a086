import numpy as np
import pytest

from captcha_model._utils.whole_numbers import plain_whole


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (5, 5),
        (np.int64(5), 5),
        (np.array(5), 5),
        ((np.uint8(4), None), (4, None)),
        ([np.int32(4), 6], [4, 6]),
        (True, True),
        (np.True_, np.True_),
        (5.0, 5.0),
        ("5", "5"),
        (None, None),
    ],
)
def test_whole_numbers_become_int_and_others_stay(value, plain):
    found = plain_whole(value)
    assert (found, type(found)) == (plain, type(plain))
    if isinstance(plain, tuple | list):
        assert [*map(type, found)] == [*map(type, plain)]
