import struct

import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import gif as module
from captcha_model.images.sanitize.gif import sanitize
from tests.encoded import encode, with_extensions

GREY = np.random.default_rng(0).integers(0, 256, (50, 200), dtype=np.uint8)
GIF = encode(Image.fromarray(GREY), "GIF")
FRAME = GIF.index(b",\0\0\0\0")


def error_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        sanitize(data)
    return f"{caught.value.code} {caught.value}"


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode_image(data).convert("L"))


def test_only_the_first_frame_is_kept():
    others = [Image.fromarray(255 - GREY), Image.fromarray(GREY // 2)]
    animation = encode(
        Image.fromarray(GREY), "GIF", save_all=True, append_images=others, comment=b"words"
    )
    found = sanitize(animation)
    assert len(found.data) < len(animation) / 2
    assert b"words" not in found.data
    assert (pixels(animation) == GREY).all()
    assert (found.format, found.exif) == ("GIF", b"")


def test_a_transparent_index_is_kept():
    image = Image.new("P", (200, 50), 1)
    image.putpalette([0, 0, 0, 9, 9, 9])
    image.paste(0, (0, 0, 100, 50))
    shown = pixels(encode(image, "GIF", transparency=1))
    assert (shown[:, :100] == 0).all()
    assert (shown[:, 100:] == 255).all()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"GIF89a", "cut off"),
        (GIF[:13], "no frame"),
        (GIF[:13] + b"!", "no frame"),
        (with_extensions(GIF, b"!\xfe\5hello"), "no frame"),
        (with_extensions(GIF, b"!\xfe\5he")[: FRAME + 5], "cut off"),
        (with_extensions(GIF, b";"), "no frame"),
        (with_extensions(GIF, b"x"), "no frame"),
        (GIF[: FRAME + 5], "cut off"),
        (GIF[:-2], "cut off"),
        (GIF[: len(GIF) // 2], "cut off"),
    ],
)
def test_an_invalid_gif_is_rejected(data, message):
    found = error_of(data)
    assert found.startswith("IMAGE_DAMAGED ")
    assert message in found


def test_the_trailer_may_be_missing():
    assert sanitize(GIF[:-1]) == sanitize(GIF)


def test_the_screen_and_the_frame_are_limited_in_size():
    for at in (6, FRAME + 1, FRAME + 5):
        large = GIF[:at] + struct.pack("<HH", 4097, 4096) + GIF[at + 4 :]
        assert error_of(large).startswith("IMAGE_TOO_LARGE ")


@pytest.mark.parametrize(
    "more", [b"!\xfe" + b"\1x" * 99 + b"\0", b"!\1" + b"\1x" * 99 + b"\0", b"!\xfe\0" * 100]
)
def test_the_number_of_blocks_is_limited(more, monkeypatch):
    assert sanitize(with_extensions(GIF, more)) == sanitize(GIF)
    monkeypatch.setattr(module, "MAX_BLOCKS", 99)
    assert error_of(with_extensions(GIF, more)).startswith("IMAGE_TOO_COMPLEX ")
