from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph
from captcha_model.data.synthetic.looks.layout import Spacing, lay_out, scatter
from captcha_model.data.synthetic.looks.texts import CHARACTERS

FONT = FontBook().plain(CHARACTERS)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


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


@settings(max_examples=40, deadline=None)
@given(
    st.text(CHARACTERS, min_size=1, max_size=10),
    st.integers(8, 60),
    st.sampled_from([(150, 50), (500, 60), (90, 90)]),
    st.floats(0, 0.15),
    st.integers(0, 1000),
)
def test_scattered_characters_are_in_order_and_hardly_cut(text, size, image, cut, seed):
    glyphs = [draw_glyph(c, FONT.at(size), GlyphStyle(size), rng(seed)) for c in text]
    colours = [(10 * i, 0, 255) for i in range(len(text))]
    layer = scatter(glyphs, colours, image, cut, rng(seed))
    assert layer.mask.size == layer.colours.size == image
    mask, painted = np.asarray(layer.mask), np.asarray(layer.colours)
    where = np.nonzero(mask)[1]
    shown = [painted[..., 0][mask > 0] == 10 * i for i in range(len(text))]
    assert all(part.any() for part in shown)
    middles = [where[part].mean() for part in shown]
    assert middles == sorted(middles)


def test_scattered_characters_take_a_large_image_and_the_frame_may_cut_them():
    glyphs = [draw_glyph("H", FONT.at(30), GlyphStyle(30), rng()) for _ in range(4)]
    spans, edges = [], 0
    for seed in range(40):
        mask = np.asarray(scatter(glyphs, [(0, 0, 0)] * 4, (500, 80), 0.15, rng(seed)).mask)
        columns = np.nonzero(mask > 128)[1]
        spans.append(columns.max() - columns.min())
        edges += bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
    assert np.mean(spans) > 250
    assert edges > 3


def test_a_wide_text_is_squeezed_before_it_is_made_smaller():
    glyphs = [draw_glyph("H", FONT.at(40), GlyphStyle(40), rng()) for _ in range(10)]
    heights = {}
    for squeeze in (1.0, 0.5):
        spacing = Spacing(gaps=(0.1, 0.1), squeeze=squeeze)
        mask = np.asarray(lay_out(glyphs, [(0, 0, 0)] * 10, (120, 50), spacing, rng()).mask)
        rows, columns = np.nonzero(mask > 60)
        assert columns.min() > 0
        assert columns.max() < 119
        heights[squeeze] = rows.max() - rows.min()
    assert heights[0.5] > 1.4 * heights[1.0]


def test_the_frame_cuts_the_tails_of_a_sunk_text_and_nothing_of_upright_letters():
    glyphs = [draw_glyph(c, FONT.at(40), GlyphStyle(40), rng()) for c in "Hy"]
    colours = [(0, 0, 0), (255, 255, 255)]
    shown = {}
    for sunk in (0.0, 0.25, 0.75):
        layer = lay_out(glyphs, colours, (120, 60), Spacing(sunk=sunk), rng())
        mask, painted = np.asarray(layer.mask), np.asarray(layer.colours)
        letters = [np.nonzero((mask > 128) & (painted[..., 0] == c))[0] for c in (0, 255)]
        assert np.ptp(letters[0]) == np.ptp(np.nonzero(np.asarray(glyphs[0].mask) > 128)[0])
        shown[sunk] = letters[1].max() - letters[0].max()
    for sunk in (0.25, 0.75):
        assert abs(shown[sunk] - (1 - sunk) * shown[0.0]) <= 1
    assert shown[0.0] > 5


def test_a_sloping_text_goes_down_or_up_along_its_line():
    glyphs = [draw_glyph("H", FONT.at(24), GlyphStyle(24), rng()) for _ in range(5)]
    colours = [(10 * i, 0, 255) for i in range(5)]
    for slope in (-0.4, 0.4):
        layer = lay_out(glyphs, colours, (200, 120), Spacing(slope=slope), rng())
        mask, painted = np.asarray(layer.mask), np.asarray(layer.colours)
        middles = []
        for i in range(5):
            rows, columns = np.nonzero((mask > 128) & (painted[..., 0] == 10 * i))
            middles.append((columns.mean(), rows.mean()))
        (x, y), (last_x, last_y) = middles[0], middles[-1]
        assert abs((last_y - y) / (last_x - x) - slope) < 0.05


def test_a_sloping_text_that_is_too_high_is_made_smaller():
    glyphs = [draw_glyph("H", FONT.at(24), GlyphStyle(24), rng()) for _ in range(8)]
    layer = lay_out(glyphs, [(0, 0, 0)] * 8, (200, 40), Spacing(slope=0.6), rng())
    rows = np.nonzero(np.asarray(layer.mask) > 60)[0]
    assert rows.min() > 0
    assert rows.max() < 39
    assert np.ptp(rows) > 25


def test_a_thread_joins_the_middles_of_the_characters():
    glyphs = [draw_glyph("O", FONT.at(30), GlyphStyle(30), rng()) for _ in range(3)]
    colours = [(200, 0, 0)] * 3
    spacing = Spacing(gaps=(0.5, 0.5))
    without, threaded = (
        np.asarray(lay_out(glyphs, colours, (200, 60), s, rng()).mask)
        for s in (spacing, replace(spacing, thread=3))
    )
    more = (threaded > 0) & (without == 0)
    columns = np.nonzero(without.max(axis=0) > 128)[0]
    # It begins and ends in the middle of an O, and is three pixels thick.
    first, last = (
        end + sign * glyphs[0].mask.width // 2
        for end, sign in ((columns.min(), 1), (columns.max(), -1))
    )
    assert abs(np.nonzero(more)[1].min() - first) <= 2
    assert abs(np.nonzero(more)[1].max() - last) <= 2
    assert more.sum(axis=0).max() <= 4
