"""Damaged and unusual images, numbered by kind.

An image is either rejected by an error with a stable code, or read like the clean image.
"""

import base64
import gzip
import io
import re
import struct
import subprocess
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import _inflated_size
from captcha_model.images.sanitize import png as png_format
from captcha_model.inference.reader import Reader
from tests.conftest import EXAMPLES
from tests.encoded import (
    SIGNATURE,
    animated_png,
    bmp,
    chunk,
    encode,
    exif,
    header,
    png,
    segment,
    webp,
    with_chunks,
    with_segments,
)

CLEAN = Image.open(EXAMPLES / "5.png").convert("L")  # Legible in black and white, too.
GREY = np.asarray(CLEAN)
ROWS = b"".join(b"\0" + row.tobytes() for row in GREY)
OTHER_ROWS = b"".join(b"\0" + row.tobytes() for row in 255 - GREY)
PNG = png(header(200, 50), ROWS)
STORED = SIGNATURE + header(200, 50) + chunk(b"IDAT", zlib.compress(ROWS, 0)) + PNG[-12:]
PIXELS_AT = PNG.index(b"IDAT")
PIXELS_END = len(PNG) - 12
JPEG = encode(CLEAN, "JPEG", quality=95)
GIF = encode(CLEAN, "GIF")
WEBP = encode(CLEAN, "WEBP", lossless=True)
BMP = encode(CLEAN.convert("RGB"), "BMP")
ANIMATION = [0, 1, 2, 3, 4]

# Limits of the tests, so that small files exceed them.
TEXT_LIMIT, TEXTS_LIMIT = 1000, 2000
LARGE_TEXT = zlib.compress(bytes(TEXT_LIMIT + 1))
TEXT = zlib.compress(bytes(TEXT_LIMIT))


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(_inflated_size, "MAX_TEXT", TEXT_LIMIT)
    monkeypatch.setattr(png_format, "MAX_TEXTS", TEXTS_LIMIT)


def truncated_pixels(count: int) -> bytes:
    """Return the PNG without the last bytes of its image data, in a valid chunk."""
    compressed = PNG[PIXELS_AT + 4 : PIXELS_END - 4 - count]
    return PNG[: PIXELS_AT - 4] + chunk(b"IDAT", compressed) + chunk(b"IEND", b"")


def flipped(data: bytes, at: int) -> bytes:
    """Return data with all bits of one byte flipped."""
    return data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]


def after(body: bytes) -> bytes:
    """Return the PNG with a chunk after its image data."""
    return PNG[:PIXELS_END] + body + PNG[PIXELS_END:]


REJECTED = {
    "1 zero bytes": (b"", "IMAGE_EMPTY"),
    "2 one byte": (b"\x89", "IMAGE_FORMAT"),
    "3 signature only, PNG": (SIGNATURE, "IMAGE_DAMAGED"),
    "3 signature only, JPEG": (b"\xff\xd8\xff", "IMAGE_DAMAGED"),
    "3 signature only, GIF": (b"GIF89a", "IMAGE_DAMAGED"),
    "3 signature only, WebP": (b"RIFF\x04\0\0\0WEBP", "IMAGE_DAMAGED"),
    "3 signature only, BMP": (b"BM", "IMAGE_DAMAGED"),
    "4 truncated in the image data": (PNG[: len(PNG) // 2], "IMAGE_DAMAGED"),
    "4 truncated after the last row": (PNG[: PIXELS_END - 6], "IMAGE_DAMAGED"),
    "4 truncated, with a right length and checksum": (truncated_pixels(900), "IMAGE_DAMAGED"),
    "6 bad image data, wrong checksum": (flipped(PNG, PIXELS_AT + 200), "IMAGE_DAMAGED"),
    "6 bad image data, in uncompressed rows": (flipped(STORED, 500), "IMAGE_DAMAGED"),
    "6 bad image data, right checksum": (
        PNG[: PIXELS_AT - 4]
        + chunk(b"IDAT", flipped(PNG[PIXELS_AT + 4 : PIXELS_END - 4], 200))
        + chunk(b"IEND", b""),
        "IMAGE_DAMAGED",
    ),
    "7 wrong checksum of the header": (flipped(PNG, 30), "IMAGE_DAMAGED"),
    "8 no width, no height": (png(header(0, 0), b""), "IMAGE_TOO_SMALL"),
    "8 no width": (png(header(0, 50), b"\0" * 50), "IMAGE_TOO_SMALL"),
    "9 sides of 2^31, invalid": (
        png(header(2**31, 2**31), ROWS),
        "IMAGE_TOO_LARGE",
    ),
    "10 a row over the limit": (png(header(4096, 4097), ROWS), "IMAGE_TOO_LARGE"),
    "11 a row over the limit, one bit": (
        png(header(4096, 4097, depth=1), ROWS),
        "IMAGE_TOO_LARGE",
    ),
    "12 a row is missing": (png(header(200, 50), ROWS[:-201]), "IMAGE_DAMAGED"),
    "12 a byte is missing": (png(header(200, 50), ROWS[:-1]), "IMAGE_DAMAGED"),
    "12 no row at all": (png(header(200, 50), b""), "IMAGE_DAMAGED"),
    "12 a byte is missing, interlaced": (
        png(header(200, 50, interlaced=1), bytes(10_000 + 94 - 1)),
        "IMAGE_DAMAGED",
    ),
    "14 depth of 3": (png(header(200, 50, depth=3), ROWS), "IMAGE_DAMAGED"),
    "15 iTXt over the limit": (
        with_chunks(PNG, chunk(b"iTXt", b"a\0\1\0\0\0" + LARGE_TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "15 iTXt over the limit at the end": (
        after(chunk(b"iTXt", b"a\0\1\0en\0\0" + LARGE_TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "15 three iTXt over the limit in all": (
        with_chunks(PNG, 3 * chunk(b"iTXt", b"a\0\1\0\0\0" + TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "16 three zTXt over the limit in all": (
        with_chunks(PNG, 3 * chunk(b"zTXt", b"a\0\0" + TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "16 three zTXt without a keyword over the limit in all": (
        with_chunks(PNG, 3 * chunk(b"zTXt", b"\0\0" + TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "17 iCCP over the limit": (
        with_chunks(PNG, chunk(b"iCCP", b"a\0\0" + LARGE_TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "17 three iCCP over the limit in all": (
        with_chunks(PNG, 3 * chunk(b"iCCP", b"a\0\0" + TEXT)),
        "IMAGE_TOO_COMPLEX",
    ),
    "18 a text longer than the file": (
        with_chunks(PNG, struct.pack(">I", len(PNG)) + b"tEXta\0b"),
        "IMAGE_DAMAGED",
    ),
    "18 image data longer than the file": (
        PNG[: PIXELS_AT - 4] + struct.pack(">I", len(PNG)) + PNG[PIXELS_AT:],
        "IMAGE_DAMAGED",
    ),
    "19 one pixel": (png(header(1, 1), b"\0\0"), "IMAGE_TOO_SMALL"),
    "20 10,000 by 1": (png(header(10_000, 1), bytes(10_001)), "IMAGE_ASPECT"),
    "20 1 by 10,000": (png(header(1, 10_000), bytes(20_000)), "IMAGE_ASPECT"),
    "26 JPEG truncated in its data": (JPEG[: len(JPEG) // 2], "IMAGE_DAMAGED"),
    "26 JPEG truncated in its header": (JPEG[:100], "IMAGE_DAMAGED"),
    "26 JPEG without its last byte": (JPEG[:-1], "IMAGE_DAMAGED"),
    "31 animated PNG out of order": (
        animated_png([ROWS, OTHER_ROWS, ROWS], [0, 2, 1, 3, 4]),
        "IMAGE_DAMAGED",
    ),
    "31 animated PNG out of order at once": (
        animated_png([ROWS, OTHER_ROWS, ROWS], [1, 2, 3, 4, 5]),
        "IMAGE_DAMAGED",
    ),
    "32 GIF truncated in its data": (GIF[: len(GIF) // 2], "IMAGE_DAMAGED"),
    "32 GIF truncated in its header": (GIF[:9], "IMAGE_DAMAGED"),
    "32 WebP truncated in its data": (WEBP[: len(WEBP) // 2], "IMAGE_DAMAGED"),
    "32 WebP without its last byte": (WEBP[:-1], "IMAGE_DAMAGED"),
    "33 BMP with fewer rows than its header declares": (BMP[:-1000], "IMAGE_DAMAGED"),
    "33 BMP with a larger height than rows": (
        BMP[:22] + struct.pack("<i", 4000) + BMP[26:],
        "IMAGE_DAMAGED",
    ),
    "33 BMP with a row over the limit": (
        BMP[:18] + struct.pack("<ii", 4096, 4097) + BMP[26:],
        "IMAGE_TOO_LARGE",
    ),
    "33 BMP whose rows begin after its end": (
        BMP[:10] + struct.pack("<I", len(BMP)) + BMP[14:],
        "IMAGE_DAMAGED",
    ),
    "34 TIFF": (encode(CLEAN, "TIFF"), "IMAGE_FORMAT"),
    "34 ICO": (encode(CLEAN, "ICO"), "IMAGE_FORMAT"),
    "34 PPM": (encode(CLEAN, "PPM"), "IMAGE_FORMAT"),
    "34 AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(200), "IMAGE_FORMAT"),
    "35 EPS": (encode(CLEAN, "EPS"), "IMAGE_FORMAT"),
    "35 PDF": (encode(CLEAN, "PDF"), "IMAGE_FORMAT"),
    "36 SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "IMAGE_FORMAT"),
    "39 LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n",
        "IMAGE_FORMAT",
    ),
    "40 gzip": (gzip.compress(PNG), "IMAGE_FORMAT"),
    "40 base64": (base64.b64encode(PNG), "IMAGE_FORMAT"),
    "42 NaN": (np.full((50, 200), np.nan), "ARRAY_RANGE"),
    "42 infinity": (np.full((50, 200), np.inf, np.float32), "ARRAY_RANGE"),
    "42 a single NaN": (np.where(np.eye(50, 200) == 1, np.nan, 0.5), "ARRAY_RANGE"),
    "43 floats from 0 to 255": (GREY.astype(np.float32), "ARRAY_RANGE"),
    "43 floats from -1 to 1": (GREY / 127.5 - 1, "ARRAY_RANGE"),
    "44 int64": (GREY.astype(np.int64), "ARRAY_TYPE"),
    "44 object": (GREY.astype(object), "ARRAY_TYPE"),
    "44 complex": (GREY.astype(complex), "ARRAY_TYPE"),
    "44 text": (GREY.astype(str), "ARRAY_TYPE"),
    "44 five channels": (np.repeat(GREY[..., None], 5, axis=-1), "ARRAY_SHAPE"),
    "44 two channels": (np.repeat(GREY[..., None], 2, axis=-1), "ARRAY_SHAPE"),
    "44 a batch": (GREY[None, ..., None], "ARRAY_SHAPE"),
    "44 no pixels": (GREY[:0], "IMAGE_TOO_SMALL"),
    "44 a row over the limit": (np.broadcast_to(np.uint8(0), (4097, 4096)), "IMAGE_TOO_LARGE"),
    "51 None": (None, "IMAGE_TYPE"),
    "51 int": (7, "IMAGE_TYPE"),
    "51 nested list": ([[1, 2], [3, 4]], "IMAGE_TYPE"),
    "51 a text stream": (io.StringIO("text"), "IMAGE_TYPE"),
}

WITHOUT_PILLOW = ("8", "9", "10", "11", "15", "16", "17", "18", "19", "20", "33")


def rejected(*kinds: str):
    """Return the parametrization of the rejected cases, or of some kinds of them."""
    names = [name for name in REJECTED if not kinds or name.split()[0] in kinds]
    return pytest.mark.parametrize(("source", "code"), [REJECTED[n] for n in names], ids=names)


@rejected()
def test_a_bad_image_gets_its_code_and_a_sentence(source, code):
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code
    assert re.match(r"[A-Z][^\n/]+[.)\w]$", str(caught.value))
    assert not re.search("object at|Error|Traceback|PIL[.]|0x[0-9a-f]{6}", str(caught.value))


@rejected(*WITHOUT_PILLOW)
def test_these_kinds_are_rejected_before_pillow_sees_the_file(source, code, monkeypatch):
    for name in ("open", "frombytes"):
        monkeypatch.delattr(Image, name)
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code


@rejected()
def test_other_images_of_the_batch_are_read_as_usual(source, code, model):
    first, error, last = model.predict([PNG, source, GREY], on_error="return")
    assert isinstance(error, ImageError)
    assert error.code == code
    alone = model.predict(CLEAN)
    for reading in (first, last):  # Equal but for rounding.
        assert (reading.text, reading.rejection_reason) == (alone.text, alone.rejection_reason)
        assert reading.confidence == pytest.approx(alone.confidence, rel=1e-6)
    with pytest.raises(ImageError) as caught:
        model.predict([PNG, source])
    assert caught.value.code == code


@rejected("4", "6", "12", "26", "32", "33")
def test_damage_is_rejected_even_if_pillow_accepts_truncated_images(source, code, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code


def transparent(mode: str) -> Image.Image:
    """Return the clean image in black, with its shades as transparency."""
    image = Image.new(mode, CLEAN.size)
    image.putalpha(Image.fromarray(255 - GREY))
    return image


def palette() -> bytes:
    """Return the clean image in sixteen greys; the lightest are transparent."""
    indices = Image.fromarray(GREY // 16)
    image = Image.new("P", CLEAN.size)
    image.paste(indices)
    image.putpalette([shade * 17 * (shade < 12) for shade in range(16) for _ in "rgb"])
    return encode(image, transparency=bytes([255] * 12 + [0] * 4))


def in_sixteen_greys() -> Image.Image:
    """Return the expected pixels of `palette`."""
    shades = GREY // 16
    return Image.fromarray(np.where(shades < 12, shades * 17, 255).astype(np.uint8))


def one_bit() -> Image.Image:
    """Return the clean image in black and white."""
    return CLEAN.point(lambda shade: 255 * (shade > 128)).convert("1")


def animated(form: str, **options) -> bytes:
    """Return an animation whose first frame is the clean image."""
    others = [Image.fromarray(255 - GREY), Image.new("L", CLEAN.size)]
    return encode(CLEAN, form, save_all=True, append_images=others, duration=100, **options)


DEEP = GREY.astype(np.uint16) * 257
DEEP_ROWS = b"".join(b"\0" + row.astype(">u2").tobytes() for row in DEEP)
CMYK = Image.merge("CMYK", [Image.new("L", CLEAN.size)] * 3 + [Image.fromarray(255 - GREY)])

# Each with the expected pixels; None where the format is lossy.
ACCEPTED = {
    "5 PNG without its end": (PNG[:PIXELS_END], CLEAN),
    "5 PNG with half of its end": (PNG[:-5], CLEAN),
    "13 trailing script, PNG": (PNG + b"<script>alert(1)</script>", CLEAN),
    "13 trailing script, JPEG": (JPEG + b"<script>alert(1)</script>", None),
    "13 trailing script, GIF": (GIF + b"<script>alert(1)</script>", CLEAN),
    "13 trailing script, WebP": (WEBP + b"<script>alert(1)</script>", CLEAN),
    "21 one bit": (encode(one_bit()), one_bit().convert("L")),
    "22 16 bits": (png(header(200, 50, depth=16), DEEP_ROWS), CLEAN),
    "22 16 bits with transparency": (
        png(
            header(200, 50, depth=16),
            DEEP_ROWS,
            chunk(b"tRNS", struct.pack(">H", int(GREY.max()) * 257)),
        ),
        Image.fromarray(np.where(GREY.max() == GREY, np.uint8(255), GREY)),
    ),
    "22 16 bits, loaded by Pillow": (Image.fromarray(DEEP), CLEAN),
    "23 LA": (encode(transparent("LA")), CLEAN),
    "23 RGBA": (encode(transparent("RGBA")), CLEAN),
    "23 RGBA as WebP": (encode(transparent("RGBA"), "WEBP", lossless=True), CLEAN),
    "24 palette with transparency": (palette(), in_sixteen_greys()),
    "25 CMYK JPEG": (encode(CMYK, "JPEG", quality=95), None),
    "27 progressive JPEG": (encode(CLEAN, "JPEG", quality=95, progressive=True), None),
    "29 corrupt EXIF, PNG": (with_chunks(PNG, chunk(b"eXIf", b"MM\0*nonsense")), CLEAN),
    "29 no EXIF at all, PNG": (with_chunks(PNG, chunk(b"eXIf", b"x")), CLEAN),
    "29 corrupt EXIF, JPEG": (
        with_segments(JPEG, segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 90)),
        None,
    ),
    "29 EXIF cut short, JPEG": (
        with_segments(JPEG, segment(0xE1, b"Exif\0\0" + exif(6)[:12])),
        None,
    ),
    "29 impossible orientation": (with_chunks(PNG, chunk(b"eXIf", exif(99))), CLEAN),
    "30 animated GIF": (animated("GIF"), CLEAN),
    "30 animated PNG": (animated_png([ROWS, OTHER_ROWS, ROWS], ANIMATION), CLEAN),
    "30 animated WebP": (animated("WEBP", lossless=True), CLEAN),
    "45 H x W x 1": (GREY[..., None], CLEAN),
    "45 boolean": (GREY > 128, one_bit().convert("L")),
    "46 not contiguous": (np.repeat(np.repeat(GREY, 2, 0), 3, 1)[::2, ::3], CLEAN),
    "46 in Fortran's order": (np.asfortranarray(GREY), CLEAN),
    "46 with negative strides": (GREY[::-1, ::-1].copy()[::-1, ::-1], CLEAN),
    "46 channels first in memory": (
        np.repeat(GREY[None], 3, axis=0).transpose(1, 2, 0),
        CLEAN,
    ),
    "47 big-endian floats": ((GREY / 255).astype(">f4"), CLEAN),
    "47 big-endian 16 bits": (DEEP.astype(">u2"), CLEAN),
}


def accepted(*kinds: str):
    """Return the parametrization of the accepted cases, or of some kinds of them."""
    names = [name for name in ACCEPTED if not kinds or name.split()[0] in kinds]
    return pytest.mark.parametrize(
        ("source", "expected"), [ACCEPTED[name] for name in names], ids=names
    )


@accepted()
def test_an_unusual_image_is_read_like_the_clean_one(source, expected, model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = decode_image(source)
    assert image.mode in ("L", "RGB")
    assert model.predict(source).text == model.predict(CLEAN).text
    if expected is not None:
        assert (np.asarray(image.convert("L")) == np.asarray(expected)).all()


@accepted("13")
def test_a_trailing_script_is_not_in_the_result(source, expected, model):
    assert b"script" in source
    assert "script" not in str(model.predict(source).to_dict())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_28_exif_rotation_is_applied(orientation, order):
    """The reference rotates step by step."""
    entry = exif(orientation, order, more=3)
    rotated = with_chunks(PNG, chunk(b"eXIf", entry))
    expected = np.asarray(reference_upright(CLEAN, orientation))
    assert (np.asarray(decode_image(rotated)) == expected).all()
    assert (np.asarray(decode_image(Image.open(io.BytesIO(rotated)))) == expected).all()
    lossless = encode(CLEAN, "WEBP", lossless=True, exif=b"Exif\0\0" + entry)
    assert (np.asarray(decode_image(lossless).convert("L")) == expected).all()
    photo = encode(CLEAN, "JPEG", quality=95, exif=b"Exif\0\0" + entry)
    difference = np.asarray(decode_image(photo)).astype(int) - expected
    assert np.abs(difference).max() < 64


def reference_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return an image rotated to its upright orientation."""
    if orientation >= 5:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    columns = np.asarray(image)
    flips = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}
    down, across = flips.get(orientation, (1, 1))
    return Image.fromarray(columns[::down, ::across])


@pytest.mark.parametrize("form", ["EPS", "TIFF"])
def test_35_an_image_opened_by_pillow_starts_no_program(form, monkeypatch):
    def run(*arguments, **settings):
        raise AssertionError(arguments)

    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, run)
    with pytest.raises(ImageError) as caught:
        decode_image(Image.open(io.BytesIO(encode(CLEAN, form))))
    assert caught.value.code == "IMAGE_FORMAT"


def test_12_missing_rows_of_an_image_opened_by_pillow_are_rejected():
    with pytest.raises(ImageError) as caught:
        decode_image(Image.open(io.BytesIO(REJECTED["12 a row is missing"][0])))
    assert caught.value.code == "IMAGE_DAMAGED"


@pytest.mark.parametrize(
    ("row", "content", "code"),
    [
        (37, b"<!DOCTYPE html><html><body>404</body></html>", "IMAGE_FORMAT"),
        (38, JPEG, None),
        (39, REJECTED["39 LFS pointer"][0], "IMAGE_FORMAT"),
        (40, gzip.compress(PNG), "IMAGE_FORMAT"),
    ],
)
def test_the_content_decides_not_the_file_name(row, content, code, tmp_path, model):
    path = tmp_path / "captcha.png"
    path.write_bytes(content)
    (result,) = model.predict([path], on_error="return")
    if code is None:
        assert result.text == model.predict(CLEAN).text
    else:
        assert result.code == code


@pytest.mark.parametrize("shade", [0, 255])
def test_41_an_image_of_one_shade_gives_no_confident_text(shade, model):
    reading = model.predict(np.full((50, 200), shade, np.uint8))
    assert not reading.text or reading.confidence < 0.5


def test_47_arrays_are_not_changed():
    for array in (GREY, DEEP.astype(">u2"), (GREY / 255).astype(">f4"), GREY > 128):
        array = array.copy()
        before = array.copy()
        array.setflags(write=False)
        decode_image(array)
        assert (array == before).all()
        assert array.dtype == before.dtype


def test_48_a_batch_of_different_sizes_keeps_its_order(model):
    sizes = [(200, 50), (400, 100), (100, 25), (300, 75), (150, 50)]
    paths = sorted(EXAMPLES.glob("*.png"))
    images = [
        Image.open(path).convert("L").resize(size) for path, size in zip(paths, sizes, strict=False)
    ]
    together = model.predict(images)
    assert [(r.width, r.height) for r in together] == sizes
    assert [r.text for r in together] == [model.predict(image).text for image in images]


class CountingRuntime:
    """A runtime whose logits are blank for every image; it counts the images."""

    device = "none"
    threads = None
    concurrent = False

    def __init__(self) -> None:
        self.calls: list[int] = []

    def logits(self, batch, *, busy=False):
        self.calls.append(len(batch))
        return np.tile(np.array([9, 0, 0, 0], np.float32), (len(batch), 3, 1))


CONFIG = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 3})


@pytest.mark.parametrize("empty", [[], ()])
def test_49_an_empty_batch_is_an_empty_list_and_no_call(empty):
    runtime = CountingRuntime()
    assert Reader(CONFIG, runtime).predict(empty) == []
    assert runtime.calls == []


def test_50_one_bad_image_of_a_thousand_is_one_error():
    runtime = CountingRuntime()
    images = [np.full((8, 16), i % 256, np.uint8) for i in range(1000)]
    expected = Reader(CONFIG, CountingRuntime()).predict(images)
    images[617] = REJECTED["12 a row is missing"][0]
    results = Reader(CONFIG, runtime).predict(images, on_error="return")
    assert len(results) == 1000
    assert sum(runtime.calls) == 999
    assert results[617].code == "IMAGE_DAMAGED"
    assert results[:617] + results[618:] == expected[:617] + expected[618:]


def test_a_batch_without_a_readable_image_makes_no_call():
    runtime = CountingRuntime()
    results = Reader(CONFIG, runtime).predict([b"", None, GREY[:0]], on_error="return")
    assert [result.code for result in results] == ["IMAGE_EMPTY", "IMAGE_TYPE", "IMAGE_TOO_SMALL"]
    assert runtime.calls == []


def test_9_the_size_is_checked_before_pillow_opens_the_file(monkeypatch):
    """Each file declares 4097 by 4097 pixels, just over the limit."""
    monkeypatch.delattr(Image, "open")
    sides = struct.pack("<HH", 4097, 4097)
    lossless = b"\x2f" + (4096 | 4096 << 14).to_bytes(4, "little") + bytes(20)
    for data in (
        webp([(b"VP8X", bytes(4) + 2 * (4096).to_bytes(3, "little")), (b"VP8L", lossless)]),
        webp([(b"VP8L", lossless)]),
        webp([(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + sides + bytes(20))]),
        bmp(4097, 4097, b""),
        GIF[:6] + sides + GIF[10:],
    ):
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        assert caught.value.code == "IMAGE_TOO_LARGE"
