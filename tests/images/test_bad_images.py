"""Every kind of bad or unusual image, in the order of the list that they were collected in.

An image is either refused by an error with a stable code, or read as the clean image is.
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

MIB = 2**20
BOMB = zlib.compress(bytes(64 * MIB), 9)
SMALL_BOMB = zlib.compress(bytes(MIB - 1), 9)


def cut_in_pixels(count: int) -> bytes:
    """Return the PNG without the last bytes of its image data, in a chunk that is sound."""
    packed = PNG[PIXELS_AT + 4 : PIXELS_END - 4 - count]
    return PNG[: PIXELS_AT - 4] + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def flipped(data: bytes, at: int) -> bytes:
    """Return data with all bits of one byte turned."""
    return data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]


def after(body: bytes) -> bytes:
    """Return the PNG with a chunk behind its image data."""
    return PNG[:PIXELS_END] + body + PNG[PIXELS_END:]


REFUSED = {
    "1 zero bytes": (b"", "IMAGE_EMPTY"),
    "2 one byte": (b"\x89", "IMAGE_FORMAT"),
    "3 signature only, PNG": (SIGNATURE, "IMAGE_DAMAGED"),
    "3 signature only, JPEG": (b"\xff\xd8\xff", "IMAGE_DAMAGED"),
    "3 signature only, GIF": (b"GIF89a", "IMAGE_DAMAGED"),
    "3 signature only, WebP": (b"RIFF\x04\0\0\0WEBP", "IMAGE_DAMAGED"),
    "3 signature only, BMP": (b"BM", "IMAGE_DAMAGED"),
    "4 cut within the image data": (PNG[: len(PNG) // 2], "IMAGE_DAMAGED"),
    "4 cut behind the last row": (PNG[: PIXELS_END - 6], "IMAGE_DAMAGED"),
    "4 cut within, with a right length and sum": (cut_in_pixels(900), "IMAGE_DAMAGED"),
    "6 bad image data, wrong sum": (flipped(PNG, PIXELS_AT + 200), "IMAGE_DAMAGED"),
    "6 bad image data, in rows that are not packed": (flipped(STORED, 500), "IMAGE_DAMAGED"),
    "6 bad image data, right sum": (
        PNG[: PIXELS_AT - 4]
        + chunk(b"IDAT", flipped(PNG[PIXELS_AT + 4 : PIXELS_END - 4], 200))
        + chunk(b"IEND", b""),
        "IMAGE_DAMAGED",
    ),
    "7 bad sum of the header": (flipped(PNG, 30), "IMAGE_DAMAGED"),
    "8 no width, no height": (png(header(0, 0), b""), "IMAGE_TOO_SMALL"),
    "8 no width": (png(header(0, 50), b"\0" * 50), "IMAGE_TOO_SMALL"),
    "9 sides of 2^31": (png(header(2**31, 2**31), ROWS), "IMAGE_TOO_LARGE"),
    "9 sides of 2^31 - 1": (png(header(2**31 - 1, 2**31 - 1), ROWS), "IMAGE_TOO_LARGE"),
    "10 50,000 by 50,000": (png(header(50_000, 50_000), ROWS), "IMAGE_TOO_LARGE"),
    "11 144 megapixels in 17 kB": (
        png(header(12_000, 12_000, depth=1), bytes(12_000 * 1501)),
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
    "15 iTXt bomb": (
        with_chunks(PNG, chunk(b"iTXt", b"a\0\1\0\0\0" + BOMB)),
        "IMAGE_TOO_COMPLEX",
    ),
    "15 iTXt bomb at the end": (
        after(chunk(b"iTXt", b"a\0\1\0en\0\0" + BOMB)),
        "IMAGE_TOO_COMPLEX",
    ),
    "15 iTXt bombs of no text": (
        with_chunks(PNG, 65 * chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"\xff" * (MIB - 1)))),
        "IMAGE_TOO_COMPLEX",
    ),
    "16 zTXt of 65 MiB in all": (
        with_chunks(PNG, 65 * chunk(b"zTXt", b"a\0\0" + SMALL_BOMB)),
        "IMAGE_TOO_COMPLEX",
    ),
    "16 zTXt of 65 MiB without a name": (
        with_chunks(PNG, 65 * chunk(b"zTXt", b"\0\0" + SMALL_BOMB)),
        "IMAGE_TOO_COMPLEX",
    ),
    "17 iCCP bomb": (with_chunks(PNG, chunk(b"iCCP", b"a\0\0" + BOMB)), "IMAGE_TOO_COMPLEX"),
    "17 many iCCP bombs": (
        with_chunks(PNG, 65 * chunk(b"iCCP", b"a\0\0" + SMALL_BOMB)),
        "IMAGE_TOO_COMPLEX",
    ),
    "18 a text claims 2 GB": (
        with_chunks(PNG, struct.pack(">I", 2**31 - 1) + b"tEXta\0b"),
        "IMAGE_DAMAGED",
    ),
    "18 the image data claims 2 GB": (
        PNG[: PIXELS_AT - 4] + struct.pack(">I", 2**31 - 1) + PNG[PIXELS_AT:],
        "IMAGE_DAMAGED",
    ),
    "19 one pixel": (png(header(1, 1), b"\0\0"), "IMAGE_TOO_SMALL"),
    "20 10,000 by 1": (png(header(10_000, 1), bytes(10_001)), "IMAGE_ASPECT"),
    "20 1 by 10,000": (png(header(1, 10_000), bytes(20_000)), "IMAGE_ASPECT"),
    "26 JPEG cut in its data": (JPEG[: len(JPEG) // 2], "IMAGE_DAMAGED"),
    "26 JPEG cut in its header": (JPEG[:100], "IMAGE_DAMAGED"),
    "26 JPEG cut at its last byte": (JPEG[:-1], "IMAGE_DAMAGED"),
    "31 animated PNG out of order": (
        animated_png([ROWS, OTHER_ROWS, ROWS], [0, 2, 1, 3, 4]),
        "IMAGE_DAMAGED",
    ),
    "31 animated PNG out of order at once": (
        animated_png([ROWS, OTHER_ROWS, ROWS], [1, 2, 3, 4, 5]),
        "IMAGE_DAMAGED",
    ),
    "32 GIF cut in its data": (GIF[: len(GIF) // 2], "IMAGE_DAMAGED"),
    "32 GIF cut in its header": (GIF[:9], "IMAGE_DAMAGED"),
    "32 WebP cut in its data": (WEBP[: len(WEBP) // 2], "IMAGE_DAMAGED"),
    "32 WebP cut at its last byte": (WEBP[:-1], "IMAGE_DAMAGED"),
    "33 BMP with fewer rows than it says": (BMP[:-1000], "IMAGE_DAMAGED"),
    "33 BMP with a larger height than rows": (
        BMP[:22] + struct.pack("<i", 4000) + BMP[26:],
        "IMAGE_DAMAGED",
    ),
    "33 BMP with sides of 2^31 - 1": (
        BMP[:18] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + BMP[26:],
        "IMAGE_TOO_LARGE",
    ),
    "33 BMP whose rows begin beyond its end": (
        BMP[:10] + struct.pack("<I", 2**31) + BMP[14:],
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
    "44 10^12 pixels in a byte": (np.broadcast_to(np.uint8(0), (10**6, 10**6)), "IMAGE_TOO_LARGE"),
    "51 None": (None, "IMAGE_TYPE"),
    "51 int": (7, "IMAGE_TYPE"),
    "51 nested list": ([[1, 2], [3, 4]], "IMAGE_TYPE"),
    "51 a text stream": (io.StringIO("text"), "IMAGE_TYPE"),
}

WITHOUT_PILLOW = ("8", "9", "10", "11", "15", "16", "17", "18", "19", "20", "33")


def refused(*rows: str):
    """Return the marks for the refused cases, or for those of some rows."""
    names = [name for name in REFUSED if not rows or name.split()[0] in rows]
    return pytest.mark.parametrize(("source", "code"), [REFUSED[n] for n in names], ids=names)


@refused()
def test_a_bad_image_gets_its_code_and_a_sentence(source, code):
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code
    assert re.match(r"[A-Z][^\n/]+[.)\w]$", str(caught.value))
    assert not re.search("object at|Error|Traceback|PIL[.]|0x[0-9a-f]{6}", str(caught.value))


@refused(*WITHOUT_PILLOW)
def test_what_can_be_told_of_a_file_is_told_before_pillow_sees_it(source, code, monkeypatch):
    for name in ("open", "frombytes"):
        monkeypatch.delattr(Image, name)
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code


@refused()
def test_its_neighbours_in_a_batch_are_read_as_ever(source, code, model):
    first, error, last = model.predict([PNG, source, GREY], on_error="return")
    assert isinstance(error, ImageError)
    assert error.code == code
    alone = model.predict(CLEAN)
    for reading in (first, last):  # Two at once are read as one is, but for rounding.
        assert (reading.text, reading.rejection_reason) == (alone.text, alone.rejection_reason)
        assert reading.confidence == pytest.approx(alone.confidence, rel=1e-6)
    with pytest.raises(ImageError) as caught:
        model.predict([PNG, source])
    assert caught.value.code == code


@refused("4", "6", "12", "26", "32", "33")
def test_damage_is_refused_whatever_pillow_is_told_to_put_up_with(source, code, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(ImageError) as caught:
        decode_image(source)
    assert caught.value.code == code


def transparent(mode: str) -> Image.Image:
    """Return the clean image as a black of growing transparency."""
    image = Image.new(mode, CLEAN.size)
    image.putalpha(Image.fromarray(255 - GREY))
    return image


def palette() -> bytes:
    """Return the clean image in sixteen greys, of which the lightest are transparent."""
    indices = Image.fromarray(GREY // 16)
    image = Image.new("P", CLEAN.size)
    image.paste(indices)
    image.putpalette([shade * 17 * (shade < 12) for shade in range(16) for _ in "rgb"])
    return encode(image, transparency=bytes([255] * 12 + [0] * 4))


def in_sixteen_greys() -> Image.Image:
    """Return what `palette` must look like."""
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

# Each with what it must look like, pixel by pixel; None where the format is lossy.
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


def accepted(*rows: str):
    """Return the marks for the accepted cases, or for those of some rows."""
    names = [name for name in ACCEPTED if not rows or name.split()[0] in rows]
    return pytest.mark.parametrize(
        ("source", "expected"), [ACCEPTED[name] for name in names], ids=names
    )


@accepted()
def test_an_unusual_image_is_read_as_the_clean_one(source, expected, model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = decode_image(source)
    assert image.mode in ("L", "RGB")
    assert model.predict(source).text == model.predict(CLEAN).text
    if expected is not None:
        assert (np.asarray(image.convert("L")) == np.asarray(expected)).all()


@accepted("13")
def test_a_trailing_script_is_echoed_nowhere(source, expected, model):
    assert b"script" in source
    assert "script" not in str(model.predict(source).to_dict())


@pytest.mark.parametrize("turned", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_28_exif_rotation_is_undone(turned, order):
    """Pillow's own way of turning is the reference."""
    entry = exif(turned, order, more=3)
    rotated = with_chunks(PNG, chunk(b"eXIf", entry))
    expected = np.asarray(reference_upright(CLEAN, turned))
    assert (np.asarray(decode_image(rotated)) == expected).all()
    assert (np.asarray(decode_image(Image.open(io.BytesIO(rotated)))) == expected).all()
    lossless = encode(CLEAN, "WEBP", lossless=True, exif=b"Exif\0\0" + entry)
    assert (np.asarray(decode_image(lossless).convert("L")) == expected).all()
    photo = encode(CLEAN, "JPEG", quality=95, exif=b"Exif\0\0" + entry)
    difference = np.asarray(decode_image(photo)).astype(int) - expected
    assert np.abs(difference).max() < 64


def reference_upright(image: Image.Image, turned: int) -> Image.Image:
    """Turn an image as what it is to be seen as, step by step."""
    if turned >= 5:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    columns = np.asarray(image)
    flips = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}
    down, across = flips.get(turned, (1, 1))
    return Image.fromarray(columns[::down, ::across])


@pytest.mark.parametrize("form", ["EPS", "TIFF"])
def test_35_an_image_that_pillow_has_opened_and_not_read_starts_no_program(form, monkeypatch):
    def run(*arguments, **settings):
        raise AssertionError(arguments)

    for name in ("Popen", "run", "call", "check_call", "check_output"):
        monkeypatch.setattr(subprocess, name, run)
    with pytest.raises(ImageError) as caught:
        decode_image(Image.open(io.BytesIO(encode(CLEAN, form))))
    assert caught.value.code == "IMAGE_FORMAT"


def test_12_too_few_rows_are_refused_of_an_image_that_pillow_has_opened_too():
    with pytest.raises(ImageError) as caught:
        decode_image(Image.open(io.BytesIO(REFUSED["12 a row is missing"][0])))
    assert caught.value.code == "IMAGE_DAMAGED"


@pytest.mark.parametrize(
    ("row", "content", "code"),
    [
        (37, b"<!DOCTYPE html><html><body>404</body></html>", "IMAGE_FORMAT"),
        (38, JPEG, None),
        (39, REFUSED["39 LFS pointer"][0], "IMAGE_FORMAT"),
        (40, gzip.compress(PNG), "IMAGE_FORMAT"),
    ],
)
def test_the_content_decides_and_not_the_name(row, content, code, tmp_path, model):
    path = tmp_path / "captcha.png"
    path.write_bytes(content)
    (result,) = model.predict([path], on_error="return")
    if code is None:
        assert result.text == model.predict(CLEAN).text
    else:
        assert result.code == code


@pytest.mark.parametrize("shade", [0, 255])
def test_41_in_an_image_of_one_shade_no_text_is_read_with_confidence(shade, model):
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


class Counting:
    """A runtime that says of every image that it is blank, and counts the images."""

    device = "nothing"

    def __init__(self) -> None:
        self.calls: list[int] = []

    def logits(self, batch, *, busy=False):
        self.calls.append(len(batch))
        return np.tile(np.array([9, 0, 0, 0], np.float32), (len(batch), 3, 1))


CONFIG = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 3})


@pytest.mark.parametrize("empty", [[], ()])
def test_49_an_empty_batch_is_an_empty_list_and_no_call(empty):
    runtime = Counting()
    assert Reader(CONFIG, runtime).predict(empty) == []
    assert runtime.calls == []


def test_50_one_bad_image_of_a_thousand_is_one_error():
    runtime = Counting()
    images = [np.full((8, 16), i % 256, np.uint8) for i in range(1000)]
    expected = Reader(CONFIG, Counting()).predict(images)
    images[617] = REFUSED["12 a row is missing"][0]
    results = Reader(CONFIG, runtime).predict(images, on_error="return")
    assert len(results) == 1000
    assert sum(runtime.calls) == 999
    assert results[617].code == "IMAGE_DAMAGED"
    assert results[:617] + results[618:] == expected[:617] + expected[618:]


def test_a_batch_of_bad_images_alone_calls_nothing():
    runtime = Counting()
    results = Reader(CONFIG, runtime).predict([b"", None, GREY[:0]], on_error="return")
    assert [result.code for result in results] == ["IMAGE_EMPTY", "IMAGE_TYPE", "IMAGE_TOO_SMALL"]
    assert runtime.calls == []


def test_9_a_large_canvas_is_refused_before_memory_is_taken(monkeypatch):
    """Of a WebP Pillow takes the memory as soon as it is opened."""
    monkeypatch.delattr(Image, "open")
    canvas = struct.pack("<I", 0) + (2 * (20_000 - 1).to_bytes(3, "little"))
    for data in (
        webp([(b"VP8X", canvas), (b"VP8L", b"\x2f" + bytes(20))]),
        webp([(b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(20))]),
        webp([(b"VP8 ", b"\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + bytes(20))]),
        bmp(20_000, 20_000, b""),
        GIF[:6] + struct.pack("<HH", 60_000, 60_000) + GIF[10:],
    ):
        with pytest.raises(ImageError) as caught:
            decode_image(data)
        assert caught.value.code == "IMAGE_TOO_LARGE"
