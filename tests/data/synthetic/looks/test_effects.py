import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.synthetic.looks.effects import EFFECTS, apply_effect


def picture(text: str) -> Image.Image:
    image = Image.new("RGB", (160, 60), "white")
    ImageDraw.Draw(image).text((20, 5), text, "black", ImageFont.load_default(44))
    return image


@pytest.mark.parametrize("kind", EFFECTS)
def test_the_text_is_still_there(kind):
    for seed in range(5):
        one, other = (
            apply_effect(picture(text), kind, np.random.default_rng(seed)) for text in ("A8", "AX")
        )
        assert (one.mode, one.size) == ("RGB", (160, 60))
        difference = np.abs(np.asarray(one, int) - np.asarray(other, int)).max(axis=2)
        assert (difference > 60).mean() > 0.01
        # What is the same in both texts stays the same, but for the contrast of all.
        assert difference[:, :35].max() < 60


def test_a_halftone_has_two_colours():
    assert len(apply_effect(picture("A8"), "halftone", np.random.default_rng(1)).getcolors()) == 2
