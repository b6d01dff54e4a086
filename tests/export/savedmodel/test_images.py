import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.export.savedmodel._images import to_batch
from captcha_model.images.preprocessing import prepare
from tests.encoded import exif

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
    "jpeg": encode(COLOUR, "JPEG"),
    "cmyk": encode(COLOUR.convert("CMYK"), "JPEG"),
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


@pytest.mark.parametrize("least", [190, 192, 250])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_pale_images_lie_on_black(mode, least):
    alphas, levels = np.meshgrid(np.arange(256, dtype=np.uint8), np.linspace(least, 255, 64))
    image = Image.fromarray(np.stack([*[levels.astype(np.uint8)] * 3, alphas], axis=-1))
    theirs, ours = both(encode(image.convert(mode)), height=64, width=256)
    np.testing.assert_array_equal(theirs, ours)


def turned(form: str, orientation: int, order: str = "<", more: int = 0, **options) -> bytes:
    entry = b"Exif\0\0" + exif(orientation, order, more)
    return encode(COLOUR, form, exif=entry, **options)


@pytest.mark.slow
@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {"quality": 90}), ("PNG", {}), ("WEBP", {"lossless": True})]
)
def test_images_are_turned_upright(form, options, orientation):
    for order, more in (("<", 0), (">", 3)):
        data = turned(form, orientation, order, more, **options)
        theirs, ours = both(data, height=64, width=64, resize="pad", channels=3)
        assert np.abs(theirs - ours).max() <= 1  # They are resized.
    theirs, ours = both(turned(form, orientation), height=32, width=64)
    if orientation not in (5, 6, 7, 8):
        np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_data_leaves_the_image_as_it_is(form):
    whole = exif(6, more=2)
    entries = [whole[:end] for end in (1, 4, 7, 9, 10, 20, 44, len(whole) - 4)]
    entries += [b"XX" + whole[2:], whole[:4] + b"\xff\xff\xff\xff" + whole[8:], whole + bytes(99)]
    entries += [whole[:8] + b"\xff\xff" + whole[10:]]
    square = COLOUR.resize((32, 32))
    for entry in entries:
        data = encode(square, form, exif=b"Exif\0\0" + entry, **LOSSLESS.get(form, {}))
        theirs, ours = both(data, height=32, width=32)
        np.testing.assert_array_equal(theirs, ours)


LOSSLESS = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_jpegs_have_the_same_pixels(subsampling):
    for image in (COLOUR, GREY):
        for progressive in (False, True):
            data = encode(image, "JPEG", subsampling=subsampling, progressive=progressive)
            theirs, ours = both(data, channels=3)
            np.testing.assert_array_equal(theirs, ours)


def gifs() -> dict[str, bytes]:
    """GIFs with transparency: by an alpha channel, of each palette entry, of a later frame."""
    palette = COLOUR.quantize(16)
    found = {f"entry-{i}": encode(palette, "GIF", transparency=i) for i in (0, 1, 7, 15)}
    found["alpha"] = encode(CLEAR, "GIF")
    found["frames"] = encode(CLEAR, "GIF", save_all=True, append_images=[CLEAR.rotate(180)])
    found["grey"] = encode(GREY, "GIF", transparency=9)
    found["comment"] = encode(palette, "GIF", transparency=3, comment=b"!" * 600)
    # The palette of the frame itself in the place of the file's.
    data = found["entry-7"]
    start, entries = 13, 3 * 2 ** ((data[10] & 7) + 1)
    frame = data.index(b",", start + entries)
    flags = bytes((data[10] & 7 | 0x80,))
    own = data[start : start + entries]
    found["own-palette"] = (
        b"".join((data[:10], b"\0", data[11:start], data[start + entries : frame + 9], flags, own))
        + data[frame + 10 :]
    )
    # An entry that the palette does not have.
    control = data.index(b"!\xf9\x04")
    found["beyond"] = data[: control + 6] + b"\xff" + data[control + 7 :]
    return found


@pytest.mark.parametrize("data", gifs().values(), ids=gifs())
def test_transparency_of_a_gif_lies_on_white(data):
    for channels in (1, 3):
        theirs, ours = both(data, channels=channels)
        np.testing.assert_array_equal(theirs, ours)


def test_no_cut_file_hangs_the_graph():
    files = [gifs()["alpha"], turned("JPEG", 6), turned("PNG", 6), turned("WEBP", 6)]
    for data in files:
        for end in range(0, len(data), max(1, len(data) // 25)):
            try:
                to_batch(tf.constant([data[:end]]), CaptchaConfig("ab"))
            except tf.errors.OpError:
                continue


def colour_key() -> bytes:
    """A PNG without a palette, of which one colour is transparent."""
    image = COLOUR.copy()
    image.putpixel((0, 0), (1, 2, 3))
    return encode(image, transparency=(1, 2, 3))


def small_frame() -> bytes:
    data = bytearray(encode(GREY, "GIF"))
    data[6:8] = (80).to_bytes(2, "little")
    return bytes(data)


def test_where_the_decoders_differ_is_documented():
    """What the export's README, its docstring and docs/deployment.md say."""
    deep = RNG.integers(0, 65536, (32, 64), np.uint16)
    theirs, ours = both(encode(Image.fromarray(deep)))
    assert np.abs(theirs - ours).max() == 1
    theirs, ours = both(small_frame())
    assert np.abs(theirs - ours).max() > 100
    theirs, ours = both(encode(GREY.convert("P").quantize(7), "BMP"))
    assert np.abs(theirs - ours).max() > 100
    theirs, ours = both(colour_key(), channels=3)
    assert np.abs(theirs - ours).max() > 100


@pytest.mark.parametrize("resize", ["stretch", "pad"])
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
