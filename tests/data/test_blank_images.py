import io
import warnings

import pytest
from PIL import Image, ImageDraw

from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import load_images
from captcha_model.data.samples import Sample
from captcha_model.data.streaming import StreamedImages
from captcha_model.errors import DataError, DataWarning

GREY = CaptchaConfig("ab", height=20, width=60)
COLOUR = CaptchaConfig("ab", height=20, width=60, channels=3)
# Two colours that Pillow turns into the same grey.
RED, GREEN = (200, 0, 0), (0, 102, 0)


def sample(label: str, mode: str, ground, ink, suffix: str = "PNG") -> Sample:
    image = Image.new(mode, (60, 20), ground)
    ImageDraw.Draw(image).text((5, 5), label, ink)
    buffer = io.BytesIO()
    image.save(buffer, suffix)
    return Sample(f"{label}.png", label, buffer.getvalue)


VISIBLE = sample("aa", "L", 255, 0)
WHITE_ON_CLEAR = sample("ab", "RGBA", (255, 255, 255, 0), (255, 255, 255, 255))
NOTHING = sample("ab", "L", 255, 255)
EQUAL_GREY = sample("ba", "RGB", RED, GREEN)


def warnings_of(samples, config) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_images(samples, config)
    return [str(w.message) for w in caught if issubclass(w.category, DataWarning)]


def test_what_is_visible_is_no_warning():
    assert warnings_of([VISIBLE], GREY) == []
    assert warnings_of([EQUAL_GREY], COLOUR) == []
    assert warnings_of([WHITE_ON_CLEAR], GREY) == []


def test_colours_of_equal_brightness_need_three_channels():
    (text,) = warnings_of([VISIBLE, EQUAL_GREY], GREY)
    assert text.startswith("1 images are blank after the conversion: ba.png.")
    assert "--channels 3" in text


@pytest.mark.parametrize("config", [GREY, COLOUR])
def test_images_of_one_colour_are_named(config):
    (text,) = warnings_of([VISIBLE, NOTHING], config)
    assert text.startswith("1 images are blank after the conversion: ab.png.")
    assert "one colour" in text


def test_the_noise_of_a_jpeg_is_not_a_text():
    noisy = sample("ba", "RGB", RED, GREEN, "JPEG")
    assert len(warnings_of([VISIBLE, noisy], GREY)) == 1


def test_blank_images_with_different_labels_are_said_to_be_blank():
    other = sample("bb", "L", 255, 255)
    message = r"ab.png = bb.png \(blank after the conversion\)"
    with (
        pytest.warns(DataWarning, match="2 images are blank"),
        pytest.raises(DataError, match=message) as caught,
    ):
        load_images([NOTHING, other], GREY)
    assert caught.value.code == "CONFLICTING_LABELS"


def test_streamed_images_are_checked_as_they_are_read():
    images = StreamedImages([VISIBLE, NOTHING], GREY, workers=1)
    images.select([0, 1])
    images.subset([1]).select([0])
    with pytest.warns(DataWarning, match="1 images are blank after the conversion: ab.png"):
        images.warn_of_blank()
