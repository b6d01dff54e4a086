import numpy as np
import pytest

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.layout import Spacing, lay_out
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.data.synthetic.looks.warps import WARPS, perspective_coefficients, warp

FONT = FontBook().plain(CHARACTERS)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", WARPS)
def test_warps_keep_the_size_and_nearly_all_ink(kind):
    glyphs = [draw_glyph(c, FONT.at(36), GlyphStyle(36), rng()) for c in "abcde"]
    layer = lay_out(glyphs, [(0, 0, 0)] * 5, (160, 60), Spacing(margin=0.2), rng())
    before = np.asarray(layer.mask, float)
    for seed in range(10):
        warped = warp(layer, kind, 0.13, rng(seed))
        assert warped.mask.size == (160, 60)
        after = np.asarray(warped.mask, float)
        assert 0.6 < after.sum() / before.sum() < 1.5
        assert np.abs(after - before).max() > 100


def test_the_perspective_takes_each_corner_to_where_it_is_seen():
    source = [(0, 0), (160, 0), (160, 60), (0, 60)]
    seen = [(5, 3), (150, 9), (170, 70), (1, 66)]
    a, b, c, d, e, f, g, h = perspective_coefficients(seen, source)
    for (x, y), corner in zip(seen, source, strict=True):
        below = g * x + h * y + 1
        found = ((a * x + b * y + c) / below, (d * x + e * y + f) / below)
        assert found == pytest.approx(corner, abs=1e-6)
