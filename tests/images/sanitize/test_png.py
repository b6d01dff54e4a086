import io
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import _inflated_size
from captcha_model.images.sanitize import png as module
from captcha_model.images.sanitize.png import check_complete, sanitize
from tests.encoded import (
    SIGNATURE,
    animated_png,
    chunk,
    chunks_of,
    encode,
    exif,
    header,
    png,
    with_chunks,
)

GREY = np.random.default_rng(0).integers(0, 256, (8, 10), dtype=np.uint8)
ROWS = b"".join(b"\0" + row.tobytes() for row in GREY)
PNG = png(header(10, 8), ROWS)
PALETTE = chunk(b"PLTE", bytes(range(6)))
# The pixels in each row of an image of 10 by 7; interlaced, its last row is not the last to come.
IN_ORDER = [10] * 7
INTERLACED = [2, 1, 3, 2, 2, 5, 5, 5, 5, 5, 5, 10, 10, 10]


def error_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        sanitize(data)
    return f"{caught.value.code} {caught.value}"


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode_image(data).convert("L"))


def test_only_what_pixels_need_is_kept():
    more = b"".join(chunk(kind, b"x") for kind in (b"tEXt", b"gAMA", b"prIv", b"acTL", b"eXIf"))
    found = sanitize(with_chunks(PNG, more)[:-12] + chunk(b"tIME", b"y") + PNG[-12:])
    assert (found.format, found.exif) == ("PNG", b"x")
    assert [kind for kind, _ in chunks_of(found.data)] == [b"IHDR", b"IDAT", b"IEND"]
    assert (pixels(found.data) == GREY).all()


def test_image_data_may_be_split_into_chunks_some_of_them_empty():
    packed = zlib.compress(ROWS)
    pieces = [b"", *(packed[i : i + 7] for i in range(0, len(packed), 7)), b""]
    parts = b"".join(chunk(b"IDAT", piece) for piece in pieces)
    split = SIGNATURE + header(10, 8) + parts + chunk(b"IEND", b"")
    assert sanitize(split).data == split
    assert (pixels(split) == GREY).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (SIGNATURE + PNG[33:], "begins with exactly one header"),
        (with_chunks(PNG, header(10, 8)), "begins with exactly one header"),
        (SIGNATURE + chunk(b"IHDR", b"short") + PNG[33:], "header is incomplete"),
        (png(header(10, 8, colour=1), ROWS), "not valid for a PNG"),
        (png(header(10, 8, depth=16, colour=3), ROWS), "not valid for a PNG"),
        (png(header(10, 8, interlaced=2), ROWS), "not valid for a PNG"),
        (PNG[:-12] + chunk(b"tIME", b"") + chunk(b"IDAT", b""), "not contiguous"),
        (with_chunks(PNG, chunk(b"CgBI", b"")), "unknown critical chunk"),
        (with_chunks(PNG, chunk(b"\0\0\0\0", b"")), "unknown critical chunk"),
        (png(header(10, 8, colour=3), ROWS), "palette is missing"),
        (
            png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", b"")),
            "palette is missing",
        ),
        (
            png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", bytes(4))),
            "palette is missing",
        ),
        (
            png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", bytes(771))),
            "palette is missing",
        ),
        (png(header(10, 8, colour=3), ROWS, PALETTE + PALETTE), "palette is misplaced"),
        (png(header(10, 8, colour=3), ROWS, b"", PALETTE), "palette is misplaced"),
        (png(header(10, 8), ROWS, chunk(b"tRNS", b"")), "transparency is incomplete"),
        (png(header(10, 8, colour=2), 3 * ROWS, chunk(b"tRNS", bytes(2))), "transparency"),
        (png(header(10, 8, colour=3), ROWS, PALETTE + chunk(b"tRNS", b"")), "transparency"),
        (SIGNATURE + header(10, 8), "no image data"),
        (animated_png([bytes(201 * 50)] * 2, [0, 0, 1])[:-12] + b"\0\0\0\1fdATx1234", "in order"),
    ],
)
def test_an_invalid_png_is_rejected(data, message):
    found = error_of(data)
    assert found.startswith("IMAGE_DAMAGED ")
    assert message in found


def test_checksums_of_needed_chunks_are_checked():
    text = bytearray(with_chunks(PNG, chunk(b"tEXt", b"a\0b")))
    text[33 + 11] ^= 1
    assert sanitize(bytes(text)) == sanitize(PNG)
    for kind in (b"IHDR", b"IDAT"):
        broken = bytearray(PNG)
        broken[PNG.index(kind) - 4 + 8 + len(dict(chunks_of(PNG))[kind])] ^= 1
        assert "checksum" in error_of(bytes(broken))


@given(
    st.integers(4, 40),
    st.integers(4, 40),
    st.sampled_from([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (6, 16)]),
    st.booleans(),
)
def test_every_byte_of_the_rows_is_needed(width, height, kind, interlaced):
    """The reference counts pixel by pixel: interlacing has seven passes over an 8 by 8 pattern."""
    colour, depth = kind
    pattern = ["16462646", "77777777", "56565656", "77777777"] * 2
    pattern[4] = "36463646"
    passes: dict[str, dict[int, int]] = {}
    for y in range(height):
        for x in range(width):
            name = pattern[y % 8][x % 8] if interlaced else ""
            columns = passes.setdefault(name, {})
            columns[y] = columns.get(y, 0) + 1
    bits = depth * {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    needed = sum(1 + -(-n * bits // 8) for lines in passes.values() for n in lines.values())
    head = header(width, height, depth, colour, int(interlaced))
    assert decode_image(png(head, bytes(needed))).size == (width, height)
    assert decode_image(png(head, bytes(needed + 9))).size == (width, height)
    black = Image.new("L", (width, height))
    with pytest.raises(ImageError, match="too short"):
        check_complete(png(head, bytes(needed - 1)), black)


KINDS = [(0, 8, 1), (0, 16, 2), (2, 8, 3), (2, 16, 6), (4, 8, 2), (6, 8, 4), (3, 8, 1)]


@pytest.mark.slow
@given(st.sampled_from(KINDS), st.integers(0, 1), st.data())
def test_missing_image_data_is_always_found(kind, interlaced, data):
    """In black rows, in other rows, and in rows that end in black pixels."""
    colour, depth, bytes_a_pixel = kind
    rows = b""
    ends = []
    for columns in INTERLACED if interlaced else IN_ORDER:
        ends.append(len(rows))
        size = columns * bytes_a_pixel
        rows += b"\0" + data.draw(st.binary(min_size=size, max_size=size))
    head = header(10, 7, depth, colour, interlaced)
    palette = chunk(b"PLTE", bytes(768)) if colour == 3 else b""
    assert decode_image(png(head, rows, palette)).size == (10, 7)
    length = data.draw(st.sampled_from(ends) | st.integers(0, len(rows) - 1))
    with pytest.raises(ImageError):
        decode_image(png(head, rows[:length], palette))


def test_pillow_leaves_missing_rows_black():
    """If this fails, Pillow has changed, and `check_complete` must change or can go."""
    short = png(header(10, 8), ROWS[: 11 * 4])
    assert (np.asarray(Image.open(io.BytesIO(short)))[4:] == 0).all()


@given(st.sampled_from([("L", 0, 1), ("RGB", 2, 3), ("LA", 4, 2), ("RGBA", 6, 4)]), st.data())
def test_plain_rows_give_the_same_pixels_as_the_file(kind, data):
    """With all filters."""
    mode, colour, bytes_a_pixel = kind
    width, height = data.draw(st.tuples(st.integers(4, 9), st.integers(4, 9)))
    size = width * bytes_a_pixel
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    rows = b"".join(
        bytes([f]) + data.draw(st.binary(min_size=size, max_size=size)) for f in filters
    )
    file = png(header(width, height, colour=colour), rows)
    plain = sanitize(file).rows
    assert plain is not None
    assert (*plain[:2], zlib.decompress(plain.compressed)) == (mode, (width, height), rows)
    with Image.open(io.BytesIO(file)) as whole:
        assert whole.mode == mode
        shown = Image.frombytes(mode, plain.size, plain.compressed, "zip", mode)
        assert shown.tobytes() == whole.tobytes()


@pytest.mark.parametrize(
    "file",
    [
        png(header(10, 8, depth=16), ROWS + ROWS),
        png(header(10, 8, interlaced=1), ROWS + ROWS),
        png(header(10, 8, colour=3), ROWS, PALETTE),
        png(header(10, 8), ROWS, chunk(b"tRNS", b"\0\0")),
    ],
)
def test_other_images_have_no_plain_rows(file):
    assert sanitize(file).rows is None


def test_image_data_is_decompressed_twice_only_if_it_may_be_short(monkeypatch):
    def fail(compressed, enough):
        raise zlib.error

    monkeypatch.setattr(module, "inflated_length", fail)
    assert GREY[-1, -1]
    assert (pixels(PNG) == GREY).all()
    for doubtful in (
        png(header(10, 8), ROWS[:-1] + b"\0"),
        png(header(10, 7, interlaced=1), b"".join(b"\0" + b"x" * n for n in INTERLACED)),
    ):
        with pytest.raises(ImageError, match="cannot be decompressed"):
            decode_image(doubtful)


@pytest.mark.parametrize(
    ("depth", "colour", "row", "clear"),
    [
        (2, 0, b"\x55\x55\x00", b"\0\1"),
        (4, 0, b"\x55\x55\x55\x33\x33", b"\0\5"),
        (8, 0, b"\x55" * 5 + b"\x33" * 5, b"\0\x55"),
        (16, 0, b"\x12\x34" * 5 + b"\x12\x33" * 5, b"\x12\x34"),
        (8, 2, b"\1\2\3" * 5 + b"\1\2\x5a" * 5, b"\0\1\0\2\0\3"),
        (16, 2, b"\1\7\2\7\3\7" * 5 + b"\1\7\2\7\x5a\7" * 5, b"\1\7\2\7\3\7"),
        # Bits beyond a sample's depth are ignored.
        (4, 0, b"\x55\x55\x55\x33\x33", b"\xff\xf5"),
        (8, 2, b"\1\2\3" * 5 + b"\1\2\x5a" * 5, b"\7\1\7\2\7\3"),
    ],
)
def test_a_transparent_colour_becomes_white_at_every_depth(depth, colour, row, clear):
    opaque = pixels(png(header(10, 8, depth, colour), (b"\0" + row) * 8))
    shown = pixels(png(header(10, 8, depth, colour), (b"\0" + row) * 8, chunk(b"tRNS", clear)))
    assert (opaque < 255).any()
    changed = shown != opaque
    assert changed.any(axis=1).all()
    assert (shown[changed] == 255).all()
    assert len(np.unique(opaque[changed])) == 1
    assert not np.isin(opaque[~changed], opaque[changed]).any() or depth == 16


@pytest.mark.parametrize("clear", [b"\0\0", b"\xff\xfe"])
def test_white_on_a_transparent_colour_lies_on_black(clear):
    opaque = pixels(png(header(10, 8, 1), (b"\0\xaa\x80") * 8))
    shown = pixels(png(header(10, 8, 1), (b"\0\xaa\x80") * 8, chunk(b"tRNS", clear)))
    assert set(opaque.ravel()) == {0, 255}
    np.testing.assert_array_equal(shown, opaque)


def test_transparency_is_dropped_from_images_with_an_alpha_channel():
    data = encode(Image.new("RGBA", (10, 8)))
    assert sanitize(with_chunks(data, chunk(b"tRNS", b"xx"))) == sanitize(data)


def test_texts_are_not_kept():
    packed = zlib.compress(bytes(1000))
    small = b"".join(
        (
            chunk(b"zTXt", b"a\0\0" + packed),
            chunk(b"iTXt", b"a\0\1\0en\0b\0" + packed),
            chunk(b"iTXt", b"a\0\0\0en\0b\0text"),
            chunk(b"iCCP", b"a\0\0" + packed),
            chunk(b"zTXt", b"no end"),
            chunk(b"iTXt", b""),
        )
    )
    assert sanitize(with_chunks(PNG, small)) == sanitize(PNG)


def test_the_size_of_texts_is_limited(monkeypatch):
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100)))
    monkeypatch.setattr(_inflated_size, "MAX_TEXT", 100)
    monkeypatch.setattr(module, "MAX_TEXTS", 300)
    assert sanitize(with_chunks(PNG, 3 * text)) == sanitize(PNG)
    assert error_of(with_chunks(PNG, 4 * text)).startswith("IMAGE_TOO_COMPLEX ")
    monkeypatch.setattr(_inflated_size, "MAX_TEXT", 99)
    assert error_of(with_chunks(PNG, text)).startswith("IMAGE_TOO_COMPLEX ")


def test_an_invalid_text_counts_by_the_upper_bound_of_its_size(monkeypatch):
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(99))[:-4] + b"sums")
    monkeypatch.setattr(_inflated_size, "MAX_TEXT", 100)
    monkeypatch.setattr(module, "MAX_TEXTS", 300)
    assert sanitize(with_chunks(PNG, 3 * text)) == sanitize(PNG)
    assert error_of(with_chunks(PNG, 4 * text)).startswith("IMAGE_TOO_COMPLEX ")


def test_the_number_of_chunks_is_limited(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHUNKS", 20)
    assert sanitize(with_chunks(PNG, 17 * chunk(b"prIv", b""))) == sanitize(PNG)
    found = error_of(with_chunks(PNG, 18 * chunk(b"prIv", b"")))
    assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_exif_is_removed_before_the_file_is_decoded():
    entry = exif(6, more=3)
    found = sanitize(with_chunks(PNG, chunk(b"eXIf", entry)))
    assert found == sanitize(PNG)._replace(exif=entry)
    with Image.open(io.BytesIO(found.data)) as image:
        assert not image.getexif()
