import io
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image, decode_opaque
from captcha_model.images.preprocessing import prepare
from captcha_model.images.size_limits import MAX_IMAGE_BYTES

CONFIG = CaptchaConfig("abc")
GREY = np.random.default_rng(0).integers(0, 256, (50, 200), dtype=np.uint8)


def encoded(image: Image.Image, form: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


PNG = encoded(Image.fromarray(GREY))


def pixels(source) -> np.ndarray:
    return prepare(source, CONFIG).pixels[..., 0]


def code_of(source) -> str:
    with pytest.raises(ImageError) as caught:
        prepare(source, CONFIG)
    return caught.value.code


def test_every_kind_of_source_gives_the_same_pixels(tmp_path):
    path = tmp_path / "ünï code.png"
    path.write_bytes(PNG)
    rgb = np.repeat(GREY[..., None], 3, axis=-1)
    sources = [
        path,
        str(path),
        PNG,
        bytearray(PNG),
        memoryview(PNG),
        io.BytesIO(PNG),
        Image.fromarray(GREY),
        GREY,
        GREY[..., None],
        GREY.astype(np.uint16) * 257,
        np.asfortranarray(GREY),
        GREY[::-1][::-1],
        GREY / 255,
        GREY.astype(np.float32) / 255,
        rgb,
    ]
    for source in sources:
        assert (pixels(source) == GREY).all(), type(source)
    with path.open("rb") as file:
        assert (pixels(file) == GREY).all()


@pytest.mark.parametrize("form", ["BMP", "GIF", "WEBP"])
def test_lossless_formats(form):
    options = {"lossless": True} if form == "WEBP" else {}
    assert (pixels(encoded(Image.fromarray(GREY), form, **options)) == GREY).all()


def test_jpeg_of_every_kind_is_close():
    smooth = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (50, 1))
    image = Image.fromarray(smooth)
    for data in (
        encoded(image, "JPEG", quality=95),
        encoded(image, "JPEG", quality=95, progressive=True),
        encoded(image.convert("RGB").convert("CMYK"), "JPEG", quality=95),
    ):
        assert np.abs(pixels(data).astype(int) - smooth).max() < 12


def test_the_content_decides_and_not_the_name(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(encoded(Image.fromarray(GREY), "BMP"))
    assert (pixels(path) == GREY).all()


def test_sixteen_bits_are_scaled_and_not_clipped():
    deep = GREY.astype(np.uint16) * 257
    assert (pixels(encoded(Image.fromarray(deep))) == GREY).all()
    assert (pixels(Image.fromarray(deep)) == GREY).all()


def test_one_bit():
    bits = GREY > 127
    assert (pixels(encoded(Image.fromarray(bits))) == bits * 255).all()
    assert (pixels(bits) == bits * 255).all()


def test_what_has_no_gap_may_stay_rgba_and_is_rgb_for_all_but_networks():
    opaque = Image.new("RGBA", (9, 8), (1, 2, 3, 255))
    found = decode_opaque(opaque)
    assert (found.mode, found.getpixel((0, 0))) == ("RGBA", (1, 2, 3, 255))
    assert (decode_image(opaque).mode, decode_image(opaque).getpixel((0, 0))) == ("RGB", (1, 2, 3))
    opaque.putpixel((8, 7), (1, 2, 3, 0))
    assert decode_opaque(opaque).getpixel((8, 7)) == (255, 255, 255, 255)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_transparency_lies_on_white(mode):
    image = Image.new("LA", (200, 50), (0, 0))
    image.paste((0, 255), (0, 0, 100, 50))
    if mode == "P":
        palette = Image.new("P", (200, 50), 1)
        palette.putpalette([0, 0, 0] * 2)
        palette.paste(0, (0, 0, 100, 50))
        data = encoded(palette, transparency=1)
    else:
        data = encoded(image.convert(mode))
    expected = np.full((50, 200), 255, np.uint8)
    expected[:, :100] = 0
    assert (pixels(data) == expected).all()


def pale_text(value: int, ground_alpha: int = 0) -> Image.Image:
    """Return a half of one grey value beside a half that is (partly) transparent."""
    image = Image.new("LA", (200, 50), (0, ground_alpha))
    image.paste((value, 255), (0, 0, 100, 50))
    return image


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize(
    ("value", "ground"),
    [(255, 0), (192, 0), (191, 255), (0, 255)],
    ids=["white", "pale", "grey", "ink"],
)
def test_transparency_lies_on_black_where_white_would_hide_what_the_image_shows(
    mode, value, ground
):
    image = pale_text(value).convert(mode)
    for source in (encoded(image), image, np.asarray(image.convert("RGBA"))):
        found = pixels(source)
        assert (found[0, 0], found[0, 199]) == (value, ground)


def test_a_colour_is_seen_on_white_and_nothing_at_all_stays_white():
    yellow = Image.new("RGBA", (200, 50))
    yellow.paste((255, 255, 0, 255), (0, 0, 100, 50))
    assert decode_opaque(yellow).getpixel((199, 0)) == (255, 255, 255, 255)
    assert decode_opaque(Image.new("RGBA", (200, 50))).getpixel((0, 0)) == (255, 255, 255, 255)
    # A dark layer that hardly shows is no text, but it is seen.
    assert pixels(encoded(pale_text(255, ground_alpha=100)))[0, 199] == 155


def test_sixteen_bits_with_a_transparent_value_lie_on_what_contrasts():
    deep = np.zeros((50, 200), np.uint16)
    for value, ground in ((65535, 0), (30000, 255)):
        deep[:, :100] = value
        data = encoded(Image.fromarray(deep), transparency=0)
        assert pixels(data)[0, 199] == ground


def test_exif_rotation_is_applied_and_sets_the_size():
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn by 90 degrees clockwise to see it upright.
    turned = Image.fromarray(GREY).rotate(90, expand=True)
    prepared = prepare(encoded(turned, exif=exif), CONFIG)
    assert prepared.frame[:2] == (200, 50)
    assert (prepared.pixels[..., 0] == GREY).all()


def test_an_animation_gives_its_first_frame():
    frames = [Image.fromarray(GREY), Image.fromarray(255 - GREY)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (pixels(data) == GREY).all()


def test_threads_leave_the_warnings_as_they_were():
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        assert all((p == GREY).all() for p in pool.map(pixels, [PNG] * 200))
    assert list(warnings.filters) == filters


def test_arrays_are_not_changed():
    array = (GREY / 255).astype(">f4")
    before = array.copy()
    array.setflags(write=False)
    assert (pixels(array) == GREY).all()
    assert (array == before).all()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, depth: int = 8, data: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "IMAGE_EMPTY"),
        (b"x", "IMAGE_FORMAT"),
        (PNG[:8], "IMAGE_DAMAGED"),
        (PNG[: len(PNG) // 2], "IMAGE_DAMAGED"),
        (b"<html></html>", "IMAGE_FORMAT"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "IMAGE_FORMAT"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "IMAGE_FORMAT"),
        (b"version https://git-lfs.github.com/spec/v1\n", "IMAGE_FORMAT"),
        (encoded(Image.fromarray(GREY), "TIFF"), "IMAGE_FORMAT"),
        (encoded(Image.fromarray(GREY), "PPM"), "IMAGE_FORMAT"),
        (encoded(Image.fromarray(GREY), "JPEG")[:500], "IMAGE_DAMAGED"),
        (png_of(12_000, 12_000), "IMAGE_TOO_LARGE"),
        (png_of(50_000, 50_000), "IMAGE_TOO_LARGE"),
        (png_of(1, 1, data=b"\0\0"), "IMAGE_TOO_SMALL"),
        (png_of(10_000, 4, data=b"\0" * 40_004), "IMAGE_ASPECT"),
        (png_of(200, 50, depth=3), "IMAGE_DAMAGED"),
        (b"\0" * (MAX_IMAGE_BYTES + 1), "IMAGE_TOO_LARGE"),
        ("no/such/file.png", "IMAGE_NOT_FOUND"),
        ("nul\0byte.png", "IMAGE_NOT_FOUND"),
        ("x" * 5000, "IMAGE_NOT_FOUND"),
        ("http://127.0.0.1/a.png", "IMAGE_NOT_FOUND"),
        (None, "IMAGE_TYPE"),
        (7, "IMAGE_TYPE"),
        (io.StringIO("text"), "IMAGE_TYPE"),
        (np.full((50, 200), np.nan), "ARRAY_RANGE"),
        (np.full((50, 200), np.inf), "ARRAY_RANGE"),
        (np.full((50, 200), 1.5), "ARRAY_RANGE"),
        (np.full((50, 200), -0.1), "ARRAY_RANGE"),
        (GREY.astype(np.int64), "ARRAY_TYPE"),
        (GREY.astype(object), "ARRAY_TYPE"),
        (np.zeros((50, 200, 5), np.uint8), "ARRAY_SHAPE"),
        (np.zeros(50, np.uint8), "ARRAY_SHAPE"),
        (np.zeros((1, 50, 200, 1), np.uint8), "ARRAY_SHAPE"),
        (np.zeros((0, 200), np.uint8), "IMAGE_TOO_SMALL"),
    ],
)
def test_bad_images_get_a_stable_code(source, code):
    assert code_of(source) == code


def test_folders_and_pipes_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path, tmp_path / "pipe.png", os.devnull, "/dev/zero"):
        assert code_of(path) == "IMAGE_NOT_FOUND"


def test_messages_name_a_path_as_it_was_given(tmp_path):
    for path in ("no/such/gone.png", tmp_path / "gone.png"):
        with pytest.raises(ImageError) as caught:
            prepare(path, CONFIG)
        assert str(caught.value) == f"{str(path)!r} cannot be read: No such file or directory."
    with pytest.raises(
        ImageError, match=r"For an address of the web use captcha_model.from_url\.$"
    ):
        prepare("https://example.org/captcha.png", CONFIG)


@given(st.binary(max_size=300), st.integers(0, len(PNG) - 1))
def test_no_bytes_at_all_give_another_error(noise, place):
    for data in (noise, PNG[:place] + noise + PNG[place + len(noise) :]):
        try:
            assert decode_image(data).mode in ("L", "RGB")
        except ImageError as error:
            assert error.code.startswith("IMAGE_")


class Slow(io.RawIOBase):
    """A file object that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def read(self, size=-1):
        piece, self.rest = self.rest[: min(size, 7)], self.rest[min(size, 7) :]
        return piece


def test_a_file_object_is_read_to_its_end_in_whatever_pieces():
    assert (pixels(Slow(PNG)) == GREY).all()
    assert code_of(Slow(PNG[:-20])) == "IMAGE_DAMAGED"
    assert code_of(io.BytesIO(bytes(MAX_IMAGE_BYTES + 9))) == "IMAGE_TOO_LARGE"


def test_a_file_object_that_cannot_be_read(tmp_path):
    closed = io.BytesIO(PNG)
    closed.close()
    assert code_of(closed) == "IMAGE_UNREADABLE"
    with (tmp_path / "x").open("wb") as written:
        assert code_of(written) == "IMAGE_UNREADABLE"


def test_a_path_may_be_bytes_in_disguise(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    with os.scandir(os.fsencode(tmp_path)) as entries:
        (entry,) = entries
    assert (pixels(entry) == GREY).all()


def test_a_long_name_is_cut_in_the_message():
    with pytest.raises(ImageError) as caught:
        decode_image("y" * 200 + ".png")
    assert str(caught.value).startswith("'...yyy")
    assert ("y" * 146 + ".png' cannot be read") in str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP"])
def test_an_opened_image_is_read_and_its_file_closed(form, tmp_path):
    path = tmp_path / "image"
    path.write_bytes(encoded(Image.fromarray(GREY), form))
    image = Image.open(path)
    file = image.fp
    assert (pixels(image) == GREY).all()
    assert (pixels(image) == GREY).all()
    image.close()
    assert file.closed


def test_of_an_opened_animation_the_frame_counts_that_it_stands_at():
    other = Image.fromarray(255 - GREY)
    data = encoded(Image.fromarray(GREY), "GIF", save_all=True, append_images=[other])
    image = Image.open(io.BytesIO(data))
    assert (pixels(image) == GREY).all()
    image.seek(1)
    assert (pixels(image) == 255 - GREY).all()


def test_an_opened_image_whose_file_is_closed_is_an_error(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    with Image.open(tmp_path / "a.png") as image:
        pass
    assert code_of(image) == "IMAGE_DAMAGED"


@pytest.mark.parametrize("mode", ["La", "LA", "RGBa", "RGBX", "HSV", "YCbCr", "LAB", "PA", "CMYK"])
def test_every_mode_of_pillow_is_an_image(mode):
    assert decode_image(Image.new(mode, (200, 50))).mode == "RGB"


def test_a_deep_image_beyond_16_bits_is_refused():
    for value in (-1, 65536):
        assert code_of(Image.new("I", (200, 50), value)) == "ARRAY_RANGE"
    assert (pixels(Image.new("I", (200, 50), 65535)) == 255).all()
    assert code_of(Image.new("F", (200, 50), 1.5)) == "ARRAY_RANGE"
