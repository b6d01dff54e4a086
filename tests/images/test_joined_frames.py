"""All frames of an animation as one image, and what is noted of frames that are not read."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, PngImagePlugin

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.frames import unread_frames, unread_warnings
from tests.encoded import animated_png, encode
from tests.images.test_frames import ANIMATIONS, STILLS, by_pillow

SIZE = (90, 40)
TURNED = Image.Exif()
TURNED[0x0112] = 6


def pixels(data, frames=None) -> np.ndarray:
    return np.asarray(decode_image(data, frames=frames).convert("RGB"))


def letters(ground, ink, mode="RGB") -> list[Image.Image]:
    """Three frames with one mark each, side by side."""
    frames = []
    for i in range(3):
        frame = Image.new(mode, SIZE, ground)
        ImageDraw.Draw(frame).rectangle((10 + 25 * i, 8, 25 + 25 * i, 30), fill=ink)
        frames.append(frame)
    return frames


def animation(frames: list[Image.Image], form: str, **options) -> bytes:
    if form == "WEBP":
        options["lossless"] = True
    return encode(frames[0], form, save_all=True, append_images=frames[1:], **options)


@pytest.mark.parametrize("name", ANIMATIONS)
def test_the_joined_image_is_the_minimum_or_the_maximum_of_what_pillow_gives(name):
    frames = by_pillow(ANIMATIONS[name])
    if name == "png-substitute":  # Its first image is not in the animation.
        frames = frames[1:]
    np.testing.assert_array_equal(pixels(ANIMATIONS[name], "darkest"), np.min(frames, axis=0))
    np.testing.assert_array_equal(pixels(ANIMATIONS[name], "lightest"), np.max(frames, axis=0))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("choice", "ground", "ink"), [("darkest", "white", "#300060"), ("lightest", "black", "#e0ffd0")]
)
def test_letters_that_appear_one_by_one_are_all_there(form, choice, ground, ink):
    frames = letters(ground, ink)
    combine = np.min if choice == "darkest" else np.max
    whole = combine([np.asarray(frame) for frame in frames], axis=0)
    data = animation(frames, form)
    np.testing.assert_array_equal(pixels(data, choice), whole)
    np.testing.assert_array_equal(pixels(data), np.asarray(frames[0]))


GROUND, INK, WHITE = (230, 240, 250), (200, 10, 90), (255, 255, 255)


def gif_of_marks(disposal: int) -> bytes:
    """A full frame of one colour, and three transparent frames with a mark each."""
    frames = [Image.new("P", SIZE, 0), *letters(2, 1, "P")]
    for frame in frames:
        frame.putpalette([*GROUND, *INK, 0, 0, 0, 0, 0, 0])
    files = [encode(frame, "GIF", optimize=False) for frame in frames]
    start = files[0].index(b",\0\0\0\0")
    control = bytes([0x21, 0xF9, 4, disposal << 2 | 1, 0, 0, 2, 0])
    images = (file[file.index(b",\0\0\0\0") : -1] for file in files)
    return files[0][:start].replace(b"87a", b"89a") + b"".join(control + i for i in images) + b";"


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_transparent_frames_lie_over_what_the_disposal_of_earlier_ones_leaves(disposal):
    """Frames stay, are cleared, or make way for what was before the first: nothing, so white."""
    canvas = np.full((*SIZE[::-1], 3), GROUND, np.uint8)
    expected = [canvas]
    for mark in letters("white", "black", "L"):
        below = canvas if disposal in (0, 1) else np.full_like(canvas, WHITE)
        canvas = np.where(np.asarray(mark)[..., None] == 0, np.uint8(INK), below)
        expected.append(canvas)
    data = gif_of_marks(disposal)
    for number, frame in enumerate(expected):
        np.testing.assert_array_equal(pixels(data, number), frame)
    np.testing.assert_array_equal(pixels(data, "darkest"), np.min(expected, axis=0))
    np.testing.assert_array_equal(pixels(data, "lightest"), np.max(expected, axis=0))


@pytest.mark.parametrize("dispose", [0, 1, 2])
@pytest.mark.parametrize("blend", [0, 1])
def test_an_animated_png_is_composed_as_its_frames_say(dispose, blend):
    frames = letters((0, 0, 0, 0), (20, 10, 90, 128), "RGBA")
    data = animation(frames, "PNG", disposal=dispose, blend=blend)
    np.testing.assert_array_equal(pixels(data, "darkest"), np.min(by_pillow(data), axis=0))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_the_joined_image_is_upright(form):
    data = animation(letters("white", "black"), form, exif=TURNED.tobytes())
    plain = animation(letters("white", "black"), form)
    turned = np.rot90(pixels(plain, "darkest"), -1)
    np.testing.assert_array_equal(pixels(data, "darkest"), turned)
    again = decode_image(decode_image(data, frames="darkest"))
    assert again.size == SIZE[::-1]


def test_colours_are_compared_channel_by_channel():
    frames = [Image.new("RGB", SIZE, c) for c in ("#808080", "#ff2020")]
    found = decode_image(animation(frames, "GIF"), frames="darkest")
    assert found.getpixel((0, 0)) == (128, 32, 32)


def test_a_frame_without_all_its_rows_is_an_error_for_all_frames():
    rows = b"".join(b"\0" + bytes([i]) * 200 for i in range(50))
    data = animated_png([rows, rows[:500], rows], [0, 1, 2, 3, 4])
    with pytest.raises(ImageError, match="too short") as caught:
        decode_image(data, frames="darkest")
    assert caught.value.code == "IMAGE_DAMAGED"


@pytest.mark.parametrize("name", ANIMATIONS)
def test_frames_that_are_not_read_are_counted_unless_the_first_was_chosen(name):
    data = ANIMATIONS[name]
    assert unread_frames(decode_image(data)) == 4
    for choice in (0, "first", 1, "last", "darkest", "lightest"):
        assert unread_frames(decode_image(data, frames=choice)) == 0
    (warning,) = unread_warnings(decode_image(data))
    assert warning.startswith("Only the first of 4 frames was read.")
    assert unread_warnings(decode_image(data, frames="last")) == ()


@pytest.mark.parametrize("form", STILLS)
def test_a_still_image_has_no_warning(form):
    assert unread_warnings(decode_image(STILLS[form])) == ()


def test_frames_that_are_stored_like_the_first_one_do_not_count():
    rows = b"".join(b"\0" + bytes([i]) * 200 for i in range(50))
    assert unread_frames(decode_image(animated_png([rows, rows], [0, 1, 2]))) == 0
    one, other = (np.eye(50, 200, k, dtype=np.uint8) * 255 for k in (0, 3))
    gif, another = (encode(Image.fromarray(grey), "GIF") for grey in (one, other))
    first = gif[gif.index(b",\0\0\0\0") : -1]
    second = another[another.index(b",\0\0\0\0") : -1]
    assert unread_frames(decode_image(gif[:-1] + first * 3 + b";")) == 0
    assert unread_frames(decode_image(gif[:-1] + first + second + b";")) == 3


def test_damage_behind_the_first_frame_ends_the_count():
    data = ANIMATIONS["gif"]
    cut = decode_image(data[:-200])
    assert cut.tobytes() == decode_image(data).tobytes()
    assert unread_frames(cut) == 3
    damaged = bytearray(ANIMATIONS["png"])
    damaged[damaged.rindex(b"fdAT") + 10] ^= 1
    assert unread_frames(decode_image(bytes(damaged))) == 4


def test_a_pil_image_that_was_not_loaded_is_its_file():
    with Image.open(io.BytesIO(ANIMATIONS["gif"])) as image:
        expected = pixels(ANIMATIONS["gif"], "darkest")
        np.testing.assert_array_equal(pixels(image, "darkest"), expected)
        assert unread_frames(decode_image(image)) == 4
        assert unread_frames(image) == 0  # The caller's own image is as it was.
        image.seek(1)
        assert unread_frames(decode_image(image)) == 0


def test_a_decoded_image_keeps_the_note_and_cannot_give_other_frames():
    decoded = decode_image(ANIMATIONS["gif"])
    assert unread_frames(decode_image(decoded)) == 4
    for choice in ("last", "darkest", 1):
        with pytest.raises(ImageError, match="needs the file") as caught:
            decode_image(decoded, frames=choice)
        assert caught.value.code == "IMAGE_FRAME"


def test_a_text_in_a_file_is_no_note():
    text = PngImagePlugin.PngInfo()
    text.add_text("captcha_model.unread_frames", "9")
    file = io.BytesIO(encode(Image.new("L", SIZE), "PNG", pnginfo=text))
    with Image.open(file) as image:
        image.load()
        assert image.info["captcha_model.unread_frames"] == "9"
        assert unread_frames(decode_image(image)) == 0
