"""The options of the image and of the value, through the whole reading."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ConstraintError, ConstraintWarning, ImageError
from captcha_model.images.decode import decode_image
from tests.conftest import EXAMPLES
from tests.encoded import encode
from tests.inference.test_decoder import FRAME, POSITIONS, SURE, WHITE, decoder_of

PATHS = [EXAMPLES / f"{i}.png" for i in (1, 2, 3)]
SUM = r"\dx\d{3}"  # The model knows the letter x.


def columns_of(path, first: int, end: int) -> Image.Image:
    """An image with a part of a text, white elsewhere."""
    pixels = np.full((50, 200), 255, np.uint8)
    pixels[:, first:end] = np.asarray(Image.open(path).convert("L"))[:, first:end]
    return Image.fromarray(pixels)


def moving() -> bytes:
    """An animation of which each frame shows a third of a text."""
    first, *others = (columns_of(PATHS[0], i, i + 67) for i in (0, 67, 134))
    return encode(first, "GIF", save_all=True, append_images=others)


def test_a_text_that_appears_bit_by_bit_is_read_from_all_frames(model):
    whole = model.predict(PATHS[0])
    joined = model.predict(moving(), frames="darkest")
    assert (joined.text, joined.warnings) == (whole.text, ())
    first = model.predict(moving())
    assert first.text != whole.text
    warning, advice = first.warnings  # A piece of the text is also out of distribution.
    assert "general" in advice
    assert warning.startswith("Only the first of 3 frames was read.")
    assert "darkest" in warning
    chosen = model.predict(moving(), frames="first")
    assert (chosen.text, chosen.warnings) == (first.text, (advice,))


def test_of_an_empty_first_frame_only_the_other_frames_are_spoken_of(model):
    empty = Image.new("L", (200, 50), 255)
    frames = [columns_of(PATHS[0], i, i + 67) for i in (0, 67, 134)]
    reading = model.predict(encode(empty, "GIF", save_all=True, append_images=frames))
    assert (reading.text, reading.rejection_reason) == ("", "NO_TEXT")
    (warning,) = reading.warnings
    assert warning.startswith("Only the first of 4 frames was read.")


@pytest.mark.parametrize("source", ["bytes", "path", "file", "PIL", "decoded"])
def test_every_kind_of_source_is_warned_of(model, tmp_path, source):
    data = moving()
    (tmp_path / "a.gif").write_bytes(data)
    image = {
        "bytes": data,
        "path": tmp_path / "a.gif",
        "file": io.BytesIO(data),
        "PIL": Image.open(io.BytesIO(data)),
        "decoded": decode_image(data),
    }[source]
    assert "first of 3 frames" in model.predict(image).warnings[0]


def test_only_the_animations_of_a_list_have_the_warning(model):
    readings = model.predict([PATHS[0], moving(), PATHS[1]])
    assert [len(reading.warnings) for reading in readings] == [0, 2, 0]
    inspections = list(model.inspect_stream([PATHS[0], moving()]))
    assert [len(each.reading.warnings) for each in inspections] == [0, 2]


def test_it_stands_beside_the_warnings_of_a_constraint(model):
    with pytest.warns(ConstraintWarning, match="does not know"):
        reading = model.predict(moving(), charset="0123456789")
    said = ["does not know", "frames was read", "general"]
    assert [part in text for part, text in zip(said, reading.warnings, strict=True)] == [True] * 3


def test_pixels_have_one_frame(model):
    pixels = np.zeros((1, *model.config.input_shape), np.uint8)
    assert len(model.predict_pixels(pixels, frames="darkest")) == 1
    with pytest.raises(ImageError, match="There is no frame 1"):
        model.predict_pixels(pixels, frames=1)


def test_a_sum_has_a_value_where_it_is_asked_for(model):
    plain = model.predict(PATHS[0], pattern=SUM)
    reading = model.predict(PATHS[0], pattern=SUM, arithmetic=True)
    one, other = reading.text.split("x")
    assert (reading.value, reading.warnings) == (int(one) * int(other), ())
    assert (plain.value, plain.text) == (None, reading.text)
    assert reading.to_dict()["value"] == reading.value
    assert plain.to_dict()["value"] is None


def test_what_is_no_sum_says_so(model):
    reading = model.predict(PATHS[0], arithmetic=True)
    assert reading.value is None
    assert reading.warnings == (
        "The text has no value, because it is not a sum of whole numbers with + - * / or x.",
    )
    assert model.predict(PATHS[0]).warnings == ()


def test_a_model_that_reads_no_sums_says_so_once():
    with pytest.warns(ConstraintWarning, match="reads none of") as issued:
        decoder = decoder_of(arithmetic=True)
        decoder.warn()
    (reading,) = decoder.decode(WHITE[None], SURE[None], [FRAME])
    assert (reading.text, reading.value) == ("ab", None)
    assert reading.warnings == tuple(str(each.message) for each in issued)


def test_the_x_of_a_model_that_knows_capitals_alone_multiplies():
    config = dataclasses.replace(POSITIONS, characters="3X4", options={"places": 3})
    sure = np.log(np.eye(4)[1:] * 0.9 + 0.025)
    (reading,) = decoder_of(config=config, arithmetic=True).decode(WHITE[None], sure[None], [FRAME])
    assert (reading.text, reading.value) == ("3X4", 12)


@pytest.mark.parametrize("value", [None, 1, "true", 0.0])
def test_arithmetic_is_true_or_false(model, value):
    with pytest.raises(ConstraintError, match="arithmetic must be true or false"):
        model.predict(PATHS[0], arithmetic=value)
