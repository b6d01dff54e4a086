import numpy as np
import pytest

from captcha_model.data.synthetic.looks.colours import Palette, luminance
from captcha_model.data.synthetic.looks.grounds import GROUNDS, draw_ground

PALETTE = Palette((200, 210, 190), (10, 20, 30), dark_ground=False)


@pytest.mark.parametrize("kind", GROUNDS)
@pytest.mark.parametrize("size", [(20, 13), (333, 77)])
def test_grounds_stay_near_their_colour(kind, size):
    random = np.random.default_rng(3)
    for _ in range(10):
        image = draw_ground(kind, size, PALETTE, random)
        assert (image.mode, image.size) == ("RGB", size)
        level = np.asarray(image.convert("L")).mean()
        assert abs(level - luminance(PALETTE.ground)) < 62
