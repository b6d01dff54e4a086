import numpy as np
import pytest
from PIL import Image

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.glyph_shapes import STAMPS, beaded, pulled, solid, stamped
from captcha_model.data.synthetic.looks.glyphs import GlyphStyle, draw_glyph

FONT = FontBook().plain("H")


def mask_of(style: GlyphStyle, seed: int = 1) -> np.ndarray:
    glyph = draw_glyph("H", FONT.at(style.size), style, np.random.default_rng(seed))
    return np.asarray(glyph.mask)


def square(margin: int) -> Image.Image:
    """A filled square of 20 pixels without a margin on every side."""
    mask = np.zeros((20, 20), np.uint8)
    mask[margin:-margin, margin:-margin] = 255
    return Image.fromarray(mask)


def test_a_pulled_character_keeps_nearly_all_ink():
    letter = Image.fromarray(mask_of(GlyphStyle(40)))
    before = np.asarray(letter, float).sum()
    shapes = set()
    for seed in range(20):
        after = pulled(letter, 0.6, np.random.default_rng(seed))
        pixels = np.asarray(after, float)
        assert 0.4 < pixels.sum() / before < 1.7
        # No ink is lost at the frame.
        rows, columns = np.nonzero(pixels > 128)
        shapes.add((rows.min(), columns.min(), rows.max(), columns.max()))
    assert len(shapes) > 15


def test_corners_that_stay_leave_a_character_as_it_is():
    letter = Image.fromarray(mask_of(GlyphStyle(40)))
    same = np.asarray(pulled(letter, 0.0, np.random.default_rng(1)), int)
    assert np.abs(same - np.asarray(letter, int)).max() < 3


def test_dots_stand_for_pixels():
    pixels = np.zeros((7, 5), np.uint8)
    pixels[:, 2] = 255
    dots = np.asarray(beaded(Image.fromarray(pixels), 6, np.random.default_rng(1)))
    assert dots.shape == (42, 30)
    assert dots[:, :12].max() == dots[:, 18:].max() == 0
    centres = dots[3::6, 15]
    assert (centres == 255).all()
    assert 0.3 < (dots[:, 12:18] > 128).mean() < 1


@pytest.mark.parametrize("towards", range(4))
def test_a_body_goes_to_one_side_and_leaves_the_face_empty(towards):
    body = np.asarray(solid(square(5), square(6), 4, towards, 1.0))
    assert body.shape == (28, 28)
    assert body[10:18, 10:18].max() == 0
    right, down = ((1, 1), (-1, 1), (-1, -1), (1, -1))[towards]
    corner = body[14 + down * 8 - (down < 0), 14 + right * 8 - (right < 0)]
    opposite = body[14 - down * 8 - (down > 0), 14 - right * 8 - (right > 0)]
    assert (corner, opposite) == (255, 0)


def test_a_letter_of_dots_and_one_with_a_body():
    dots, body, hollow = (
        mask_of(style)
        for style in (
            GlyphStyle(12, beads=4),
            GlyphStyle(40, hollow=True, depth=4),
            GlyphStyle(40, hollow=True),
        )
    )
    assert dots.shape[0] > 3 * mask_of(GlyphStyle(12)).shape[0]
    assert body.astype(float).sum() > 1.5 * hollow.astype(float).sum()
    assert body.shape[0] > hollow.shape[0]


def test_the_outline_of_a_body_may_be_fainter_than_its_sides():
    body = np.asarray(solid(square(5), square(6), 4, 0, 0.4))
    # The rim at the upper left is no side; the sides go to the lower right.
    assert body[9, 9:19].tolist() == [102] * 10
    assert (body[19:22, 19:22] == 255).all()


@pytest.mark.parametrize("kind", STAMPS)
def test_a_stamp_is_a_box_without_the_character(kind):
    # As thick as a bold letter's stroke.
    pixels = np.zeros((40, 30), np.uint8)
    pixels[:, 8:22] = 255
    for seed in range(20):
        box = np.asarray(stamped(Image.fromarray(pixels), kind, np.random.default_rng(seed)))
        down, right = ((whole - part) // 2 for whole, part in zip(box.shape, (40, 30), strict=True))
        assert down >= 3
        assert right >= 3
        letter = box[down : down + 40, right + 8 : right + 22]
        # Its rim has no ink, its middle has where only the outline is cut out.
        assert letter[:, :2].max() == letter[:, -2:].max() == 0
        if kind == "outlined":
            assert letter[20, 7] == 255
        elif kind != "any":
            assert letter.max() == 0
        around = box[down : down + 40, right : right + 8]
        assert around.mean() > 150


def test_a_stamped_character_stands_where_it_would_stand_without_a_box():
    letter, stamp = (
        draw_glyph("H", FONT.at(40), GlyphStyle(40, stamped=kind), np.random.default_rng(2))
        for kind in ("", "box")
    )
    middles = [glyph.top + glyph.mask.height / 2 for glyph in (letter, stamp)]
    assert abs(middles[0] - middles[1]) <= 1
    assert stamp.mask.height > letter.mask.height
