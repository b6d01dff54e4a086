import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import Bare
from captcha_model.images.sanitize.webp import bare
from tests.encoded import encode, webp

CLEAN = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 200), dtype=np.uint8))


def rejection_reason(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        bare(data)
    return caught.value.code


@given(st.integers(4, 300), st.integers(4, 300), st.booleans(), st.booleans())
def test_the_size_is_the_one_that_pillow_finds(width, height, lossless, alpha):
    if max(width, height) > 50 * min(width, height):
        return
    image = Image.new("RGBA" if alpha else "RGB", (width, height), (1, 2, 3, 4)[: 3 + alpha])
    data = encode(image, "WEBP", lossless=lossless, exif=b"II*\0" if alpha else b"")
    assert bare(data) == Bare("WEBP", data)
    assert decode_image(data).size == (width, height)


@pytest.mark.parametrize(
    "chunk",
    [
        (b"VP8X", bytes(4) + (20_000).to_bytes(3, "little") * 2),
        (b"VP8X", bytes(4) + b"\xff" * 6),
        (b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(9)),
        (b"VP8 ", b"\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(9)),
    ],
)
def test_a_canvas_beyond_the_limit(chunk):
    assert rejection_reason(webp([chunk])) == "IMAGE_TOO_LARGE"


@pytest.mark.parametrize("form", ["L", "RGB"])
def test_every_cut_is_refused(form):
    data = encode(CLEAN.convert(form).crop((0, 0, 40, 20)), "WEBP")
    for length in range(12, len(data)):
        with pytest.raises(ImageError):
            decode_image(data[:length])


@pytest.mark.parametrize("data", [webp([]), webp([(b"VP8X", b"")]), webp([(b"JUNK", bytes(20))])])
def test_what_is_no_webp_is_refused(data):
    assert rejection_reason(data) == "IMAGE_DAMAGED"


def test_a_wrong_length_of_the_whole_is_refused():
    data = encode(CLEAN, "WEBP", lossless=True)
    for length in (0, 2**31, 2**32 - 2):
        with pytest.raises(ImageError):
            decode_image(data[:4] + struct.pack("<I", length) + data[8:])
