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


def test_frosted_glass_moves_every_pixel_a_little():
    pixels = np.arange(80 * 120, dtype=np.uint16).reshape(80, 120)
    image = Image.fromarray(np.stack([pixels // 120, pixels % 120, 0 * pixels], 2).astype(np.uint8))
    reaches = set()
    for seed in range(10):
        frosted = np.asarray(apply_effect(image, "frosted", np.random.default_rng(seed)), int)
        moves = np.abs(frosted - np.asarray(image, int))
        assert 0.2 < (moves > 0).mean() < 0.6
        reaches.add(int(moves.max()))
    assert reaches == {1, 2}
