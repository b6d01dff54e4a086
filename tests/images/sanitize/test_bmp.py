import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import bmp as module
from captcha_model.images.sanitize.bmp import sanitize
from tests.encoded import bmp, encode

GREY = np.random.default_rng(0).integers(0, 256, (50, 200), dtype=np.uint8)


def error_code(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        sanitize(data)
    return caught.value.code


@given(st.integers(4, 50), st.integers(4, 50), st.sampled_from([1, 4, 8, 16, 24, 32]))
def test_every_byte_of_the_rows_is_needed(width, height, bits):
    """The last row need not be padded to a whole word."""
    needed = 0
    for row in range(height):
        needed += -(-width * bits // 8)
        while row < height - 1 and needed % 4:
            needed += 1
    whole = bmp(width, height, bytes(needed), bits=bits)
    assert decode_image(whole).size == (width, height)
    assert error_code(whole[:-1]) == "IMAGE_DAMAGED"
    assert decode_image(bmp(width, -height, bytes(needed), bits=bits)).size == (width, height)


def test_rows_may_go_up_or_down():
    rows = GREY.tobytes()
    assert (np.asarray(decode_image(bmp(200, -50, rows, bits=8))) == GREY).all()
    assert (np.asarray(decode_image(bmp(200, 50, rows, bits=8))) == GREY[::-1]).all()


def test_the_os2_header():
    rows = np.repeat(GREY[::-1, :, None], 3, axis=-1).tobytes()
    head = struct.pack("<IHHI", 26 + len(rows), 0, 0, 26) + struct.pack("<I4H", 12, 200, 50, 1, 24)
    data = b"BM" + head + rows
    assert (np.asarray(decode_image(data).convert("L")) == GREY).all()
    assert error_code(data[:-1]) == "IMAGE_DAMAGED"


def test_run_length_encoding_is_read_up_to_a_size(monkeypatch):
    rows = b"".join(b"\xc8" + bytes((shade,)) + b"\0\0" for shade in range(50)) + b"\0\1"
    data = bmp(200, 50, rows, bits=8, packing=1)
    image = np.asarray(decode_image(data))
    assert (image == np.arange(50, dtype=np.uint8)[::-1, None]).all()
    with pytest.raises(ImageError):
        decode_image(bmp(200, 50, rows[:100] + b"\0\1", bits=8, packing=1))
    monkeypatch.setattr(module, "MAX_RUN_LENGTHS", len(data) - 1)
    assert error_code(data) == "IMAGE_TOO_COMPLEX"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"BM", "IMAGE_DAMAGED"),
        (encode(Image.fromarray(GREY), "BMP")[:33], "IMAGE_DAMAGED"),
        (bmp(-200, 50, GREY.tobytes(), bits=8), "IMAGE_TOO_SMALL"),
        (bmp(4096, 4097, b""), "IMAGE_TOO_LARGE"),
        (bmp(4096, -4097, b""), "IMAGE_TOO_LARGE"),
    ],
)
def test_an_invalid_bmp_is_rejected(data, code):
    assert error_code(data) == code
