import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.layout import Spacing, lay_out
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.data.synthetic.looks.warps import WARPS, warp

FONT = FontBook().plain(CHARACTERS)


def ink(style: GlyphStyle, character: str = "H") -> np.ndarray:
    glyph = draw_glyph(character, FONT.at(style.size), style, np.random.default_rng(1))
    return np.asarray(glyph.mask)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("character", CHARACTERS)
def test_every_character_has_ink(character):
    assert ink(GlyphStyle(24, turn=20, shear=0.2), character).max() > 150


def test_strokes_and_outlines():
    plain, thick, hollow = (
        ink(GlyphStyle(40, s, h)) for s, h in ((0, False), (2, False), (2, True))
    )
    assert thick.sum() > 1.4 * plain.sum()
    assert hollow.shape == thick.shape
    middle = hollow.shape[0] // 4
    # A row crosses two stems, each with an edge on both sides.
    runs = np.diff((hollow[middle] > 128).astype(int)) == 1
    assert runs.sum() + (hollow[middle][0] > 128) == 4


def test_a_turn_keeps_all_ink():
    upright = ink(GlyphStyle(40)).astype(float).sum()
    for seed in range(10):
        style = GlyphStyle(40, turn=45)
        glyph = draw_glyph("H", FONT.at(40), style, rng(seed))
        assert np.asarray(glyph.mask, float).sum() == pytest.approx(upright, rel=0.05)


def test_characters_stand_on_one_baseline():
    glyphs = [draw_glyph(c, FONT.at(40), GlyphStyle(40), rng()) for c in "Hx.-g"]
    bottoms = [glyph.top + glyph.mask.height for glyph in glyphs]
    assert all(abs(bottom) <= 1.5 for bottom in bottoms[:3])
    assert bottoms[3] < -5
    assert bottoms[4] > 5


@settings(max_examples=40, deadline=None)
@given(
    st.text(CHARACTERS, min_size=1, max_size=10),
    st.integers(8, 60),
    st.sampled_from([(40, 20), (200, 60), (90, 90)]),
    st.floats(0, 1),
    st.integers(0, 1000),
)
def test_a_text_is_inside_its_image_from_left_to_right(text, size, image, spread, seed):
    style = GlyphStyle(size, turn=20, shear=0.2)
    glyphs = [draw_glyph(c, FONT.at(size), style, rng(seed)) for c in text]
    colours = [(10 * i, 0, 255) for i in range(len(text))]
    layer = lay_out(glyphs, colours, image, Spacing(jitter=0.2, spread=spread), rng(seed))
    assert layer.mask.size == layer.colours.size == image
    mask, painted = np.asarray(layer.mask), np.asarray(layer.colours)
    rows, columns = np.nonzero(mask > 40)
    assert len(rows) > 0
    assert columns.min() > 0
    assert columns.max() < image[0] - 1
    shown = [painted[..., 0][mask > 0] == 10 * i for i in range(len(text))]
    where = np.nonzero(mask)[1]
    middles = [where[s].mean() for s in shown if s.any()]
    assert middles == sorted(middles)


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
