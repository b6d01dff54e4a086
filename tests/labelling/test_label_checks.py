import pytest
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.errors import DataError, ImageError
from captcha_model.labelling.label_checks import checked_label

ANY_WIDTH = CaptchaConfig(
    "abc", "general", height=48, width=288, resize="scale", min_width=96, channels=3
)
LONG = "11002200334455667788"


def checked(image, text: str = LONG) -> str:
    return checked_label("0.png", image, text, ANY_WIDTH, None, "keep")


def test_the_width_of_the_image_limits_its_label():
    assert checked(Image.new("RGB", (330, 110))) == LONG
    with pytest.raises(DataError, match=r"0.png \(needs 30 of 24 steps\)") as caught:
        checked(Image.new("RGB", (400, 300)))
    assert caught.value.code == "LABEL_TOO_LONG"
    assert checked(Image.new("RGB", (400, 300)), "1234") == "1234"


def test_an_image_that_is_gone_does_not_limit_its_label():
    assert checked(ImageError("gone")) == LONG
