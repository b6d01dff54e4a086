"""Valid files with random changes: each is either read or rejected with a code.

`FUZZ_EXAMPLES=20000 pytest tests/images/test_decode_fuzz.py` tries that many of each kind.
"""

import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.preprocessing import prepare
from captcha_model.images.size_limits import check_size
from tests.encoded import (
    SIGNATURE,
    animated_png,
    bmp,
    chunk,
    chunks_of,
    encode,
    exif,
    jpeg,
    riff_of,
    segment,
    segments_of,
    webp,
    with_chunks,
    with_segments,
)

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
CONFIG = CaptchaConfig("abc", height=16, width=32)
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

GREY = np.random.default_rng(0).integers(0, 256, (10, 24), dtype=np.uint8)
L = Image.fromarray(GREY)
COLOURS = Image.merge("RGB", [L, L.rotate(180), Image.new("L", L.size, 99)])
CLEAR = Image.merge("RGBA", [*COLOURS.split(), L])
PALETTE = COLOURS.quantize(8)
EXIF = b"Exif\0\0" + exif(6, more=2)
TEXT = chunk(b"zTXt", b"a\0\0" + zlib.compress(b"text" * 9)) + chunk(b"eXIf", exif(6))
ROWS = (b"\0" + bytes(range(200))) * 50
MORE = {"save_all": True, "append_images": [L.rotate(180), L]}
JPEGS = [
    encode(L, "JPEG"),
    encode(COLOURS, "JPEG", progressive=True),
    encode(CLEAR.convert("CMYK"), "JPEG", exif=EXIF),
    encode(COLOURS, "JPEG", restart_marker_blocks=1, comment=b"words"),
    with_segments(encode(L, "JPEG"), segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + bytes(40))),
]
SEEDS = {
    "PNG": [
        encode(L),
        encode(CLEAR),
        encode(PALETTE, transparency=3),
        encode(L.convert("1")),
        encode(Image.fromarray(GREY.astype(np.uint16) * 257)),
        with_chunks(encode(COLOURS), TEXT),
        animated_png([ROWS, ROWS], [0, 1, 2]),
    ],
    "JPEG": JPEGS,
    "GIF": [
        encode(L, "GIF"),
        encode(PALETTE, "GIF", transparency=2, comment=b"words"),
        encode(L, "GIF", **MORE),
        encode(PALETTE, "GIF", interlace=1),
    ],
    "WEBP": [
        encode(COLOURS, "WEBP"),
        encode(CLEAR, "WEBP", lossless=True, exif=EXIF),
        encode(CLEAR, "WEBP"),
        encode(L, "WEBP", **MORE),
    ],
    "BMP": [
        encode(L, "BMP"),
        encode(COLOURS, "BMP"),
        encode(CLEAR, "BMP"),
        encode(PALETTE, "BMP"),
        encode(L.convert("1"), "BMP"),
        bmp(24, 10, (b"\x18\x05\0\0" * 9) + b"\0\4abcd\0\2\3\1\x08\x09\0\1", bits=8, packing=1),
    ],
}
EVERY = [seed for seeds in SEEDS.values() for seed in seeds]
INTERESTING = [0, 1, 2, 4, 8, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]


def check(data: bytes) -> None:
    """Decode bytes: the result must be an ImageError or an image within the limits."""
    try:
        image = decode_image(data)
    except ImageError as error:
        assert error.code.startswith("IMAGE_")
        assert error.code != "IMAGE_TYPE"
        return
    assert image.mode in ("L", "RGB")
    check_size(*image.size)
    assert prepare(data, CONFIG).pixels.shape == CONFIG.input_shape


@st.composite
def changed_bytes(draw, seeds: list[bytes]) -> bytes:
    """Return a file with some bits flipped, and bytes removed, repeated, spliced or overwritten."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 4))):
        # Headers are short and data is long, so half of the changes are near the beginning.
        near = draw(st.booleans())
        at = draw(st.integers(0, max(0, min(len(data) - 1, 64 if near else len(data) - 1))))
        length = draw(st.integers(1, 40))
        way = draw(st.sampled_from(["flip", "cut", "drop", "repeat", "splice", "noise", "number"]))
        if way == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif way == "cut":
            del data[at:]
        elif way == "drop":
            del data[at : at + length]
        elif way == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 9))
        elif way == "splice":
            other = draw(st.sampled_from(EVERY))
            data[at:] = other[draw(st.integers(0, len(other))) :]
        elif way == "noise":
            data[at : at + length] = draw(st.binary(max_size=length))
        elif way == "number":
            form = draw(st.sampled_from([">I", "<I", ">H", "<H"]))
            number = draw(st.sampled_from(INTERESTING)) % 256 ** struct.calcsize(form)
            data[at : at + struct.calcsize(form)] = struct.pack(form, number)
    return bytes(data)


@pytest.mark.parametrize("form", SEEDS)
def test_the_unchanged_files_are_valid(form):
    for seed in SEEDS[form]:
        assert decode_image(seed).mode in ("L", "RGB")


@pytest.mark.parametrize("form", SEEDS)
@bounded
@given(data=st.data())
def test_changed_bytes(form, data):
    check(data.draw(changed_bytes(SEEDS[form])))


@st.composite
def changed_parts(draw, parts: list[tuple], kinds: list) -> list[tuple]:
    """Return (kind, body) pairs with some dropped, repeated, moved or changed."""
    parts = list(parts)
    for _ in range(draw(st.integers(1, 4))):
        if not parts:
            break
        at = draw(st.integers(0, len(parts) - 1))
        way = draw(st.sampled_from(["drop", "double", "move", "body", "short", "kind", "new"]))
        kind, body = parts[at]
        if way == "drop":
            del parts[at]
        elif way == "double":
            parts[at:at] = [parts[at]] * draw(st.integers(1, 9))
        elif way == "move":
            parts.insert(draw(st.integers(0, len(parts) - 1)), parts.pop(at))
        elif way == "body":
            changed = draw(changed_bytes([body or b"\0"]))
            parts[at] = (kind, changed)
        elif way == "short":
            parts[at] = (kind, body[: draw(st.integers(0, 30))])
        elif way == "kind":
            parts[at] = (draw(st.sampled_from(kinds)), body)
        elif way == "new":
            parts.insert(at, (draw(st.sampled_from(kinds)), draw(st.binary(max_size=40))))
    return parts


CHUNKS = [
    *(b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"eXIf", b"iCCP"),
    *(b"tEXt", b"zTXt", b"iTXt", b"gAMA", b"cHRM", b"pHYs", b"sRGB", b"bKGD", b"prIv", b"CgBI"),
]


@pytest.mark.slow
@bounded
@given(data=st.data())
def test_png_chunks_with_right_lengths_and_checksums(data):
    seed = data.draw(st.sampled_from(SEEDS["PNG"]))
    parts = data.draw(changed_parts(list(chunks_of(seed)), CHUNKS))
    check(SIGNATURE + b"".join(chunk(kind, body) for kind, body in parts))


@bounded
@given(
    st.sampled_from([0, 2, 3, 4, 6]),
    st.sampled_from([1, 2, 4, 8, 16]),
    st.integers(0, 1),
    st.integers(0, 40),
    st.integers(0, 40),
    st.binary(max_size=200),
    st.integers(0, 9),
)
def test_png_image_data_of_any_size(colour, depth, interlaced, width, height, rows, times):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    parts = [(b"IHDR", head), (b"PLTE", rows[: len(rows) // 3 * 3]), (b"tRNS", rows[:6])]
    parts.append((b"IDAT", zlib.compress(rows * times)))
    check(SIGNATURE + b"".join(chunk(kind, body) for kind, body in parts))


@pytest.mark.slow
@bounded
@given(data=st.data())
def test_jpeg_segments_with_right_lengths(data):
    parts = list(segments_of(data.draw(st.sampled_from(JPEGS))))
    markers = [*range(0xC0, 0xE3), 0xED, 0xEE, 0xFE]
    changed = data.draw(changed_parts(parts, markers))
    check(jpeg((marker, body[:60_000]) for marker, body in changed))


@pytest.mark.slow
@bounded
@given(data=st.data())
def test_webp_chunks_with_right_lengths(data):
    parts = list(riff_of(data.draw(st.sampled_from(SEEDS["WEBP"]))))
    names = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"EXIF", b"ICCP", b"XMP "]
    check(webp(data.draw(changed_parts(parts, names))))


@pytest.mark.parametrize("form", SEEDS)
def test_a_truncated_file_is_rejected_or_has_every_pixel(form):
    """Missing pixels are never replaced."""
    for seed in SEEDS[form]:
        whole = np.asarray(decode_image(seed))
        for length in range(len(seed)):
            try:
                found = np.asarray(decode_image(seed[:length]))
            except ImageError:
                continue
            assert found.shape == whole.shape
            assert (found == whole).all()
