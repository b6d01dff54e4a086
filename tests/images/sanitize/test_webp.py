import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import SanitizedImage
from captcha_model.images.sanitize.webp import sanitize
from tests.encoded import encode, webp

CLEAN = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 200), dtype=np.uint8))


def error_code(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        sanitize(data)
    return caught.value.code


@given(st.integers(4, 300), st.integers(4, 300), st.booleans(), st.booleans())
def test_the_size_is_the_same_as_in_pillow(width, height, lossless, alpha):
    if max(width, height) > 50 * min(width, height):
        return
    image = Image.new("RGBA" if alpha else "RGB", (width, height), (1, 2, 3, 4)[: 3 + alpha])
    data = encode(image, "WEBP", lossless=lossless, exif=b"II*\0" if alpha else b"")
    assert sanitize(data) == SanitizedImage("WEBP", data)
    assert decode_image(data).size == (width, height)


# All of 4097 by 4097 pixels, just over the limit.
@pytest.mark.parametrize(
    "chunk",
    [
        (b"VP8X", bytes(4) + (4096).to_bytes(3, "little") * 2),
        (b"VP8L", b"\x2f" + (4096 | 4096 << 14).to_bytes(4, "little") + bytes(9)),
        (b"VP8 ", b"\0\0\0\x9d\x01\x2a" + (4097).to_bytes(2, "little") * 2 + bytes(9)),
    ],
)
def test_a_canvas_over_the_limit_is_rejected(chunk):
    assert error_code(webp([chunk])) == "IMAGE_TOO_LARGE"


@pytest.mark.parametrize("form", ["L", "RGB"])
def test_every_truncated_file_is_rejected(form):
    data = encode(CLEAN.convert(form).crop((0, 0, 40, 20)), "WEBP")
    for length in range(12, len(data)):
        with pytest.raises(ImageError):
            decode_image(data[:length])


@pytest.mark.parametrize("data", [webp([]), webp([(b"VP8X", b"")]), webp([(b"JUNK", bytes(20))])])
def test_an_invalid_webp_is_rejected(data):
    assert error_code(data) == "IMAGE_DAMAGED"


def test_a_wrong_file_length_is_rejected():
    data = encode(CLEAN, "WEBP", lossless=True)
    for length in (0, len(data) - 10, len(data)):
        with pytest.raises(ImageError):
            decode_image(data[:4] + struct.pack("<I", length) + data[8:])
