"""Frames of animations: the pixels that Pillow itself gives, or an error with a code."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageSequence

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.frames import unread_frames
from captcha_model.images.sanitize import choice
from tests.conftest import EXAMPLES
from tests.encoded import SIGNATURE, animated_png, chunk, chunks_of, encode, header, png

PATHS = sorted(EXAMPLES.glob("*.png"))[:4]
FRAMES = [Image.open(path).convert("L") for path in PATHS]


def animation(form: str, mode: str = "L", **options) -> bytes:
    first, *others = (frame.convert(mode) for frame in FRAMES)
    return encode(first, form, save_all=True, append_images=others, duration=50, **options)


def partial_gif() -> bytes:
    """A GIF whose later frames are transparent and cover a part of the image."""
    frames = []
    for i in range(4):
        frame = Image.new("RGBA", (60, 40), (0, 0, 0, 0) if i else (200, 220, 240, 255))
        frame.paste((255 - 60 * i, 60 * i, 9, 255), (10 * i, 5, 10 * i + 20, 25))
        frames.append(frame)
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=0)


ANIMATIONS = {
    "gif": animation("GIF"),
    "gif-restored": animation("GIF", disposal=2),
    "gif-parts": partial_gif(),
    "png": animation("PNG"),
    "png-blended": animation("PNG", "RGBA", blend=1, disposal=1),
    "png-substitute": encode(
        FRAMES[3], "PNG", save_all=True, append_images=FRAMES[:3], default_image=True
    ),
    "webp": animation("WEBP", lossless=True),
}
STILLS = {form: encode(FRAMES[0].convert("RGB"), form) for form in ("GIF", "PNG", "JPEG", "BMP")}
STILLS["WEBP"] = encode(FRAMES[0], "WEBP", lossless=True)


def by_pillow(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(image)]
    white = Image.new("RGBA", frames[0].size, "white")
    return [np.asarray(Image.alpha_composite(white, f).convert("RGB")) for f in frames]


def pixels(data, frame) -> np.ndarray:
    return np.asarray(decode_image(data, frames=frame).convert("RGB"))


def refused(data, frame) -> str:
    with pytest.raises(ImageError) as caught:
        decode_image(data, frames=frame)
    return caught.value.code


@pytest.mark.parametrize("name", ANIMATIONS)
def test_every_frame_is_the_one_that_pillow_gives(name):
    data = ANIMATIONS[name]
    expected = by_pillow(data)
    assert len(expected) == 4
    for number, frame in enumerate(expected):
        np.testing.assert_array_equal(pixels(data, number), frame)
    np.testing.assert_array_equal(pixels(data, "last"), expected[-1])
    np.testing.assert_array_equal(pixels(data, "first"), expected[0])
    np.testing.assert_array_equal(np.asarray(decode_image(data).convert("RGB")), expected[0])


def test_a_gif_that_begins_grey_has_later_frames_in_their_own_colours():
    """Pillow 12.3 takes the indices of their palettes for levels of grey."""
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (256, 3), np.uint8)
    grey = Image.fromarray(np.arange(50 * 60, dtype=np.uint16).reshape(50, 60).astype(np.uint8))
    later = Image.fromarray(rng.integers(0, 256, (50, 60), np.uint8)).convert("P")
    later.putpalette(palette.ravel().tolist())
    data = encode(grey, "GIF", save_all=True, append_images=[later, grey], optimize=False)
    for number, expected in enumerate((grey, later, grey)):
        np.testing.assert_array_equal(pixels(data, number), np.asarray(expected.convert("RGB")))


@pytest.mark.parametrize("name", ANIMATIONS)
def test_a_frame_that_is_not_there_is_an_error_that_says_which_are(name):
    with pytest.raises(ImageError, match="no frame 4: the image has 4 frames, numbers 0 to 3"):
        decode_image(ANIMATIONS[name], frames=4)
    assert refused(ANIMATIONS[name], 10**9) == "IMAGE_FRAME"


@pytest.mark.parametrize("form", STILLS)
def test_an_image_without_an_animation_has_one_frame(form):
    data = STILLS[form]
    for frame in (None, "first", "last", "darkest", "lightest"):
        np.testing.assert_array_equal(pixels(data, frame), pixels(data, 0))
    with pytest.raises(ImageError, match="no frame 1: the image has one frame, number 0") as caught:
        decode_image(data, frames=1)
    assert caught.value.code == "IMAGE_FRAME"


def test_arrays_and_pil_images():
    array = np.asarray(FRAMES[0])
    np.testing.assert_array_equal(pixels(array, "last"), pixels(array, 0))
    assert refused(array, 1) == "IMAGE_FRAME"
    assert refused(FRAMES[0], 1) == "IMAGE_FRAME"
    np.testing.assert_array_equal(pixels(FRAMES[0], "last"), pixels(array, 0))
    with Image.open(io.BytesIO(ANIMATIONS["gif"])) as image:
        expected = by_pillow(ANIMATIONS["gif"])[2]
        np.testing.assert_array_equal(pixels(image, 2), expected)
        image.seek(2)
        np.testing.assert_array_equal(np.asarray(decode_image(image).convert("RGB")), expected)
        for frame in (1, "last", "darkest"):
            with pytest.raises(ImageError, match=f"The choice {frame!r} of frames needs the file"):
                decode_image(image, frames=frame)


@pytest.mark.parametrize("name", ["gif", "gif-parts", "png", "png-substitute", "webp"])
def test_no_cut_file_is_guessed(name):
    """Every cut is an error or, where no frame is missing, the same pixels."""
    data = ANIMATIONS[name]
    expected = by_pillow(data)
    for end in range(0, len(data), max(1, len(data) // 120)):
        for frame in (1, 3, "last"):
            try:
                found = pixels(data[:end], frame)
            except ImageError as error:
                assert error.code.startswith("IMAGE_")
            else:
                wanted = expected[3 if frame == "last" else frame]
                np.testing.assert_array_equal(found, wanted)


def test_damage_behind_the_chosen_frame_does_not_matter():
    data = ANIMATIONS["gif"]
    np.testing.assert_array_equal(pixels(data[:-200], 1), by_pillow(data)[1])


@pytest.mark.parametrize("name", ANIMATIONS)
def test_changed_bytes_are_an_error_or_an_image(name):
    rng = np.random.default_rng(0)
    for _ in range(150):
        data = bytearray(ANIMATIONS[name])
        for at in rng.integers(0, len(data), 3):
            data[at] = rng.integers(0, 256)
        try:
            decode_image(bytes(data))
            decode_image(bytes(data), frames="darkest")
        except ImageError as error:
            assert error.code in ImageError.codes


ROWS = b"".join(b"\0" + bytes([i]) * 200 for i in range(50))


def test_missing_rows_of_a_later_frame_are_not_black():
    whole = animated_png([ROWS, ROWS, ROWS], [0, 1, 2, 3, 4])
    assert pixels(whole, 2)[-1, -1].tolist() == [49] * 3
    for short in ([ROWS, ROWS[:500], ROWS], [ROWS, ROWS, ROWS[:500]], [ROWS[:500], ROWS, ROWS]):
        assert refused(animated_png(short, [0, 1, 2, 3, 4]), 2) == "IMAGE_DAMAGED"


def test_a_wrong_checksum_of_a_frame_is_damage():
    data = bytearray(animated_png([ROWS, ROWS], [0, 1, 2]))
    data[data.rindex(b"fdAT") + 10] ^= 1
    assert refused(bytes(data), 1) == "IMAGE_DAMAGED"


def test_frame_controls_without_an_animation_are_no_frames():
    data = animated_png([ROWS, ROWS], [0, 1, 2])
    kept = [chunk(kind, body) for kind, body in chunks_of(data) if kind != b"acTL"]
    assert refused(SIGNATURE + b"".join(kept), 1) == "IMAGE_FRAME"


@pytest.mark.parametrize("length", [0, 4, 25, 27])
def test_a_frame_control_of_another_length_is_damage(length):
    control = chunk(b"fcTL", (struct.pack(">IIIIIHHBB", 0, 200, 50, 0, 0, 1, 1, 0, 0) * 2)[:length])
    before = chunk(b"acTL", struct.pack(">II", 2, 0)) + control
    assert refused(png(header(200, 50), ROWS, before), 1) == "IMAGE_DAMAGED"


def test_a_frame_that_says_it_is_huge_is_damage():
    control = struct.pack(">IIIIIHHBB", 0, 2**31 - 1, 2**31 - 1, 0, 0, 1, 1, 0, 0)
    before = chunk(b"acTL", struct.pack(">II", 2, 0))
    after = chunk(b"fcTL", control) + chunk(b"fdAT", struct.pack(">I", 1) + zlib.compress(ROWS))
    assert refused(png(header(200, 50), ROWS, before, after), 1) == "IMAGE_DAMAGED"


def test_a_gif_frame_outside_the_image_is_damage():
    data = bytearray(ANIMATIONS["gif-parts"])
    second = data.index(b",", data.index(b",") + 200)
    while data[second : second + 1] != b"," or data[second - 1]:
        second = data.index(b",", second + 1)
    data[second + 5 : second + 7] = b"\xff\xff"
    assert refused(bytes(data), "last") == "IMAGE_DAMAGED"


@pytest.mark.parametrize("name", ["gif", "png", "webp"])
def test_too_many_pixels_are_refused(name, monkeypatch):
    width, height = FRAMES[0].size
    monkeypatch.setattr(choice, "MAX_ANIMATION_PIXELS", 3 * width * height)
    for frame in (3, "last", "darkest", "lightest"):
        assert refused(ANIMATIONS[name], frame) == "IMAGE_TOO_COMPLEX"
    for frame in (None, "first", 2):
        assert pixels(ANIMATIONS[name], frame).shape == (height, width, 3)


@pytest.mark.parametrize("name", ["gif", "png", "webp"])
def test_too_many_frames_are_refused(name, monkeypatch):
    monkeypatch.setattr(choice, "MAX_FRAMES", 3)
    with pytest.raises(ImageError, match="4 frames must be decoded, and at most 3 are") as caught:
        decode_image(ANIMATIONS[name], frames="darkest")
    assert caught.value.code == "IMAGE_TOO_COMPLEX"
    assert unread_frames(decode_image(ANIMATIONS[name])) == 4
