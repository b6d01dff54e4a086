import io
from typing import get_args

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from captcha_model.config import CaptchaConfig, Resize
from captcha_model.export.savedmodel._images import to_batch
from captcha_model.images.preprocessing import prepare

RNG = np.random.default_rng(3)
NOISE = RNG.integers(0, 256, (32, 64, 4), np.uint8)
GREY = Image.fromarray(NOISE[..., 0])
COLOUR = Image.fromarray(NOISE[..., :3])
CLEAR = Image.fromarray(NOISE)


def encode(image: Image.Image, form: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def both(data: bytes, **settings) -> tuple[np.ndarray, np.ndarray]:
    """Prepare one file in TensorFlow and by our own code; whole levels of 255."""
    config = CaptchaConfig("ab", **{"height": 32, "width": 64, **settings})
    levels = to_batch(tf.constant([data]), config).numpy()[0] * 255
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-3)
    return np.rint(levels).astype(int), prepare(data, config).pixels.astype(int)


FILES = {
    "grey": encode(GREY),
    "one-bit": encode(GREY.convert("1")),
    "colour": encode(COLOUR),
    "alpha": encode(CLEAR),
    "grey-alpha": encode(CLEAR.convert("LA")),
    "palette": encode(COLOUR.quantize(16)),
    "palette-alpha": encode(CLEAR.quantize(16)),
    "gif": encode(GREY, "GIF"),
    "frames": encode(GREY, "GIF", save_all=True, append_images=[COLOUR.convert("L")]),
    "bmp": encode(GREY, "BMP"),
    "bmp-24": encode(COLOUR, "BMP"),
    "bmp-32": encode(CLEAR, "BMP"),
    "webp": encode(COLOUR, "WEBP", lossless=True),
    "webp-alpha": encode(CLEAR, "WEBP", lossless=True),
}


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", FILES)
def test_files_are_decoded_as_ours_are(name, channels):
    theirs, ours = both(FILES[name], channels=channels)
    np.testing.assert_array_equal(theirs, ours)


def test_every_transparency_of_every_level_lies_on_white():
    levels, alphas = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    image = Image.fromarray(np.stack([levels, levels, levels, alphas], axis=-1))
    theirs, ours = both(encode(image), height=256, width=256)
    np.testing.assert_array_equal(theirs, ours)


def test_where_the_decoders_differ_it_is_little():
    deep = RNG.integers(0, 65536, (32, 64), np.uint16)
    theirs, ours = both(encode(Image.fromarray(deep)))
    assert np.abs(theirs - ours).max() == 1
    ramp = np.add.outer(np.arange(32), np.arange(64)).astype(np.uint8)
    theirs, ours = both(encode(Image.fromarray(ramp), "JPEG"))
    assert np.abs(theirs - ours).max() <= 3


@pytest.mark.parametrize("resize", get_args(Resize))
@pytest.mark.parametrize(
    "size", [(64, 32), (70, 25), (20, 30), (300, 40), (128, 64), (400, 120), (4, 4), (199, 5)]
)
def test_resizing_is_pillows_but_for_one_level(size, resize):
    image = Image.fromarray(RNG.integers(0, 256, (size[1], size[0], 3), np.uint8))
    for channels in (1, 3):
        theirs, ours = both(encode(image), resize=resize, channels=channels)
        differences = np.abs(theirs - ours)
        assert differences.max() <= 1
        assert (differences > 0).mean() < 0.1


def test_images_of_different_sizes_share_a_batch():
    config = CaptchaConfig("ab", height=32, width=64)
    files = [encode(GREY), encode(COLOUR.resize((50, 20))), encode(CLEAR.resize((90, 90)))]
    together = to_batch(tf.constant(files), config)
    assert together.shape == (3, 32, 64, 1)
    for row, file in zip(together, files, strict=True):
        np.testing.assert_array_equal(row, to_batch(tf.constant([file]), config)[0])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"nonsense", "Unknown image file format"),
        (b"", "empty"),
        (encode(COLOUR)[:500], "Invalid PNG"),
        (encode(COLOUR, "JPEG")[:400], "Invalid JPEG"),
    ],
)
def test_what_is_no_image_is_tensorflows_error(data, reason):
    with pytest.raises(tf.errors.InvalidArgumentError, match=reason):
        to_batch(tf.constant([data]), CaptchaConfig("ab"))
