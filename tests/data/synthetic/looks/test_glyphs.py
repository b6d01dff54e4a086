import numpy as np
import pytest

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.texts import CHARACTERS

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


def test_thinner_lines_keep_some_ink():
    thick, thin = (ink(GlyphStyle(60, 2, thin=t)).astype(float).sum() for t in (False, True))
    assert 0.35 * thick < thin < 0.9 * thick
    # Lines of a pixel would vanish.
    one, other = (ink(GlyphStyle(9, thin=t)) for t in (False, True))
    assert np.array_equal(one, other)


def test_a_zoomed_character_has_its_size():
    usual, zoomed = (ink(style) for style in (GlyphStyle(30), GlyphStyle(60, zoom=0.5)))
    assert abs(usual.shape[0] - zoomed.shape[0]) <= 3


def test_blocks_are_whole_multiples_of_pixels():
    sizes = set()
    for seed in range(20):
        glyph = draw_glyph("H", FONT.at(10), GlyphStyle(10, blocks=4), rng(seed))
        mask = np.asarray(glyph.mask)
        times = mask.shape[0] // ink(GlyphStyle(10)).shape[0]
        sizes.add(times)
        blocks = mask.reshape(mask.shape[0] // times, times, mask.shape[1] // times, times)
        assert (blocks == blocks[:, :1, :, :1]).all()
        assert abs(glyph.top + mask.shape[0]) <= times
    assert sizes == {1, 2, 3, 4}


def test_a_lean_slants_every_character_to_one_side():
    for lean in (-0.4, 0.4):
        glyph = ink(GlyphStyle(60, lean=lean), "l") > 100
        top, bottom = (np.nonzero(row)[0].mean() for row in (glyph[3], glyph[-4]))
        assert (top - bottom) * lean < -5


def test_hard_edges():
    soft, hard = (np.unique(ink(GlyphStyle(40, turn=20, jagged=jagged))) for jagged in (0, 1))
    assert len(hard) < len(soft)


@pytest.mark.parametrize("character", "aAi1W")
def test_a_cell_has_one_size_for_every_character(character):
    assert ink(GlyphStyle(40, cell=(20, 34)), character).shape == (34, 20)
    # The turn comes before: the turned letter fills the cell.
    turned = ink(GlyphStyle(40, turn=30, cell=(20, 34)), character)
    assert turned.shape == (34, 20)
    assert all(edge.any() for edge in (turned[0], turned[-1], turned[:, 0], turned[:, -1]))


def test_slim_characters_differ_in_width_only():
    usual = ink(GlyphStyle(40)).shape
    shapes = [
        np.asarray(draw_glyph("H", FONT.at(40), GlyphStyle(40, slim=0.6), rng(seed)).mask).shape
        for seed in range(30)
    ]
    assert {height for height, _ in shapes} == {usual[0]}
    widths = [width / usual[1] for _, width in shapes]
    assert 0.38 < min(widths) < 0.55
    assert 0.9 < max(widths) <= 1
