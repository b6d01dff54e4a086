import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.images.sanitize.exif import orientation
from tests.encoded import exif


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("name", [b"", b"Exif\0\0"])
def test_the_orientation_is_found_in_both_byte_orders(order, value, name):
    assert orientation(name + exif(value, order, more=3)) == value


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"Exif\0\0",
        b"PNG",
        exif(6)[:4],
        exif(6)[:9],
        exif(6)[:12],
        exif(0),
        exif(9),
        b"II*\0\xff\xff\xff\xff" + bytes(20),
        b"II*\0" + struct.pack("<IH", 8, 0xFFFF) + bytes(99),
        b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x0112, 2, 1, 6),
    ],
)
def test_an_invalid_entry_is_upright(entry):
    assert orientation(entry) == 1


@given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_arbitrary_bytes_give_an_orientation(noise, start):
    assert 1 <= orientation(start + noise) <= 8
