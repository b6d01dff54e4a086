from itertools import pairwise

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


def test_tiles_are_columns():
    counts = set()
    for seed in range(20):
        pixels = np.asarray(draw_ground("tiles", (210, 40), PALETTE, np.random.default_rng(seed)))
        assert (pixels == pixels[:1]).all()
        cuts = np.nonzero((pixels[0, 1:] != pixels[0, :-1]).any(axis=1))[0] + 1
        widths = [right - left for left, right in pairwise([0, *cuts.tolist(), 210])]
        assert max(widths) - min(widths) <= 1
        counts.add(len(widths))
    assert counts == {2, 3, 4, 5, 6, 7}


def test_a_frame_contrasts_with_the_panel_in_it():
    bars = 0
    for seed in range(20):
        image = draw_ground("framed", (200, 60), PALETTE, np.random.default_rng(seed))
        level = np.asarray(image.convert("L"), int)
        assert (level[10:50, 20:180] == level[30, 100]).all()
        assert abs(level[0, 100] - level[30, 100]) > 80
        bars += level[30, 0] == level[30, 100]
    assert 0 < bars < 20


def test_confetti_is_of_all_colours_and_leaves_some_of_the_ground():
    for seed in range(10):
        image = draw_ground("confetti", (200, 60), PALETTE, np.random.default_rng(seed))
        pixels = np.asarray(image).reshape(-1, 3)
        same = (pixels == PALETTE.ground).all(axis=1).mean()
        assert 0.35 < same < 0.99
        assert len(np.unique(pixels, axis=0)) > 100
