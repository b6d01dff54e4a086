import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import png as module
from captcha_model.images.sanitize.png import bare, check_rows
from tests.encoded import (
    SIGNATURE,
    animated_png,
    chunk,
    chunks_of,
    encode,
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


def rejection_reason(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        bare(data)
    return f"{caught.value.code} {caught.value}"


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode_image(data).convert("L"))


def test_nothing_is_left_but_what_pixels_need():
    more = b"".join(chunk(kind, b"x") for kind in (b"tEXt", b"gAMA", b"prIv", b"acTL", b"eXIf"))
    found = bare(with_chunks(PNG, more)[:-12] + chunk(b"tIME", b"y") + PNG[-12:])
    assert (found.format, found.exif) == ("PNG", b"x")
    assert [kind for kind, _ in chunks_of(found.data)] == [b"IHDR", b"IDAT", b"IEND"]
    assert (pixels(found.data) == GREY).all()


def test_image_data_may_lie_in_many_pieces_and_some_of_them_empty():
    packed = zlib.compress(ROWS)
    pieces = [b"", *(packed[i : i + 7] for i in range(0, len(packed), 7)), b""]
    parts = b"".join(chunk(b"IDAT", piece) for piece in pieces)
    split = SIGNATURE + header(10, 8) + parts + chunk(b"IEND", b"")
    assert bare(split).data == split
    assert (pixels(split) == GREY).all()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (SIGNATURE + PNG[33:], "begins with one header"),
        (with_chunks(PNG, header(10, 8)), "begins with one header"),
        (SIGNATURE + chunk(b"IHDR", b"short") + PNG[33:], "header is not whole"),
        (png(header(10, 8, colour=1), ROWS), "no PNG is"),
        (png(header(10, 8, depth=16, colour=3), ROWS), "no PNG is"),
        (png(header(10, 8, interlaced=2), ROWS), "no PNG is"),
        (PNG[:-12] + chunk(b"tIME", b"") + chunk(b"IDAT", b""), "in two places"),
        (with_chunks(PNG, chunk(b"CgBI", b"")), "no PNG has"),
        (with_chunks(PNG, chunk(b"\0\0\0\0", b"")), "no PNG has"),
        (png(header(10, 8, colour=3), ROWS), "no palette"),
        (png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", b"")), "no palette"),
        (png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", bytes(4))), "no palette"),
        (png(header(10, 8, colour=3), ROWS, chunk(b"PLTE", bytes(771))), "no palette"),
        (png(header(10, 8, colour=3), ROWS, PALETTE + PALETTE), "not in its place"),
        (png(header(10, 8, colour=3), ROWS, b"", PALETTE), "not in its place"),
        (png(header(10, 8), ROWS, chunk(b"tRNS", b"")), "transparency is not whole"),
        (png(header(10, 8, colour=2), 3 * ROWS, chunk(b"tRNS", bytes(2))), "transparency"),
        (png(header(10, 8, colour=3), ROWS, PALETTE + chunk(b"tRNS", b"")), "transparency"),
        (SIGNATURE + header(10, 8), "no image data"),
        (animated_png([bytes(201 * 50)] * 2, [0, 0, 1])[:-12] + b"\0\0\0\1fdATx1234", "in order"),
    ],
)
def test_what_is_no_png_is_refused(data, said):
    found = rejection_reason(data)
    assert found.startswith("IMAGE_DAMAGED ")
    assert said in found


def test_sums_count_where_pixels_need_the_chunk():
    text = bytearray(with_chunks(PNG, chunk(b"tEXt", b"a\0b")))
    text[33 + 11] ^= 1
    assert bare(bytes(text)) == bare(PNG)
    for kind in (b"IHDR", b"IDAT"):
        broken = bytearray(PNG)
        broken[PNG.index(kind) - 4 + 8 + len(dict(chunks_of(PNG))[kind])] ^= 1
        assert "checksum" in rejection_reason(bytes(broken))


@given(
    st.integers(4, 40),
    st.integers(4, 40),
    st.sampled_from([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (6, 16)]),
    st.booleans(),
)
def test_the_bytes_of_rows_are_those_that_each_pass_has(width, height, kind, interlaced):
    """Slowly, pixel by pixel: an interlaced image has seven passes over an 8 by 8 pattern."""
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
        check_rows(png(head, bytes(needed - 1)), black)


KINDS = [(0, 8, 1), (0, 16, 2), (2, 8, 3), (2, 16, 6), (4, 8, 2), (6, 8, 4), (3, 8, 1)]


@given(st.sampled_from(KINDS), st.integers(0, 1), st.data())
def test_whatever_is_missing_is_missed(kind, interlaced, data):
    """Where the rows are black, where they are not, and where they only end so."""
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


def test_missing_rows_are_what_pillow_takes_for_black_ones():
    """If this fails, Pillow has changed, and the check must change or may go."""
    short = png(header(10, 8), ROWS[: 11 * 4])
    assert (np.asarray(Image.open(io.BytesIO(short)))[4:] == 0).all()


@given(st.sampled_from([("L", 0, 1), ("RGB", 2, 3), ("LA", 4, 2), ("RGBA", 6, 4)]), st.data())
def test_plain_rows_give_the_pixels_that_pillow_finds_in_the_file(kind, data):
    """Whatever filters the rows have."""
    mode, colour, bytes_a_pixel = kind
    width, height = data.draw(st.tuples(st.integers(4, 9), st.integers(4, 9)))
    size = width * bytes_a_pixel
    filters = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    rows = b"".join(
        bytes([f]) + data.draw(st.binary(min_size=size, max_size=size)) for f in filters
    )
    file = png(header(width, height, colour=colour), rows)
    plain = bare(file).rows
    assert plain is not None
    assert (*plain[:2], zlib.decompress(plain.packed)) == (mode, (width, height), rows)
    with Image.open(io.BytesIO(file)) as whole:
        assert whole.mode == mode
        shown = Image.frombytes(mode, plain.size, plain.packed, "zip", mode)
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
def test_what_is_not_plain_is_left_to_pillow(file):
    assert bare(file).rows is None


def test_image_data_is_unpacked_twice_only_where_it_may_be_short(monkeypatch):
    def unpack(packed, enough):
        raise zlib.error

    monkeypatch.setattr(module, "inflated_length", unpack)
    assert GREY[-1, -1]
    assert (pixels(PNG) == GREY).all()
    for doubtful in (
        png(header(10, 8), ROWS[:-1] + b"\0"),
        png(header(10, 7, interlaced=1), b"".join(b"\0" + b"x" * n for n in INTERLACED)),
    ):
        with pytest.raises(ImageError, match="cannot be unpacked"):
            decode_image(doubtful)


@pytest.mark.parametrize(
    ("depth", "colour", "row", "clear"),
    [
        (1, 0, b"\xaa\x80", b"\0\0"),
        (2, 0, b"\x55\x55\x00", b"\0\1"),
        (4, 0, b"\x55\x55\x55\x33\x33", b"\0\5"),
        (8, 0, b"\x55" * 5 + b"\x33" * 5, b"\0\x55"),
        (16, 0, b"\x12\x34" * 5 + b"\x12\x33" * 5, b"\x12\x34"),
        (8, 2, b"\1\2\3" * 5 + b"\1\2\x5a" * 5, b"\0\1\0\2\0\3"),
        (16, 2, b"\1\7\2\7\3\7" * 5 + b"\1\7\2\7\x5a\7" * 5, b"\1\7\2\7\3\7"),
        # Bits beyond a sample's depth say nothing.
        (1, 0, b"\xaa\x80", b"\xff\xfe"),
        (4, 0, b"\x55\x55\x55\x33\x33", b"\xff\xf5"),
        (8, 2, b"\1\2\3" * 5 + b"\1\2\x5a" * 5, b"\7\1\7\2\7\3"),
    ],
)
def test_one_transparent_colour_is_white_at_every_depth(depth, colour, row, clear):
    opaque = pixels(png(header(10, 8, depth, colour), (b"\0" + row) * 8))
    shown = pixels(png(header(10, 8, depth, colour), (b"\0" + row) * 8, chunk(b"tRNS", clear)))
    assert (opaque < 255).any()
    changed = shown != opaque
    assert changed.any(axis=1).all()
    assert (shown[changed] == 255).all()
    assert len(np.unique(opaque[changed])) == 1
    assert not np.isin(opaque[~changed], opaque[changed]).any() or depth == 16


def test_a_transparency_that_the_kind_of_image_cannot_have_is_left_out():
    data = encode(Image.new("RGBA", (10, 8)))
    assert bare(with_chunks(data, chunk(b"tRNS", b"xx"))) == bare(data)


def test_texts_are_counted_and_not_kept():
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
    assert bare(with_chunks(PNG, small)) == bare(PNG)


def test_a_text_that_breaks_off_counts_by_what_it_may_have_unpacked_to():
    broken = zlib.compress(bytes(2**20 - 1))[:-4] + b"sums"
    found = rejection_reason(with_chunks(PNG, 65 * chunk(b"zTXt", b"a\0\0" + broken)))
    assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_chunks_are_counted(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHUNKS", 20)
    assert bare(with_chunks(PNG, 17 * chunk(b"prIv", b""))) == bare(PNG)
    found = rejection_reason(with_chunks(PNG, 18 * chunk(b"prIv", b"")))
    assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_exif_entries_without_end_are_not_pillows_to_read():
    """Pillow would copy 40 kB for each of 60,000 entries, and keep them."""
    entries = b"".join(struct.pack("<HHII", i, 7, 40_000, 8) for i in range(60_000))
    bomb = b"II*\0" + struct.pack("<IH", 8, 60_000) + entries
    found = bare(with_chunks(PNG, chunk(b"eXIf", bomb)))
    assert found == bare(PNG)._replace(exif=bomb)
    assert (pixels(with_chunks(PNG, chunk(b"eXIf", bomb))) == GREY).all()
