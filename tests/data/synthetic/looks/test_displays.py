import numpy as np
import pytest

from captcha_model.data.synthetic.looks.displays import (
    _light_from_sides,
    draw_binarised,
    draw_segments,
)
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.liquid_crystals import _with_small_decimals, draw_lcd
from captcha_model.data.synthetic.looks.segments import draw_shape, segment_masks

BOOK = FontBook()


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("draw", [draw_segments, draw_lcd, draw_binarised])
@pytest.mark.parametrize("text", ["1", "-4.5", "12:30", "88.8", "0123456789"])
def test_displays_show_any_number(draw, text):
    for seed in range(5):
        image = draw(text, BOOK, rng(seed))
        assert image.mode == "RGB"
        assert np.asarray(image.convert("L"), float).std() > 5


@pytest.mark.parametrize("draw", [draw_segments, draw_lcd, draw_binarised])
def test_the_number_changes_the_picture_where_it_differs(draw):
    for seed in range(10):
        one, other = (np.asarray(draw(t, BOOK, rng(seed)), int) for t in ("1888", "0888"))
        assert one.shape == other.shape
        columns = np.nonzero(np.abs(one - other).max(axis=(0, 2)) > 20)[0]
        assert len(columns) > 2


def test_lit_segments_of_a_strip_contrast_more_than_unlit_ones():
    darker = []
    for seed in range(40):
        one, eight = (np.asarray(draw_lcd(t, BOOK, rng(seed)), int) for t in ("1", "8"))
        changed = np.abs(one - eight).sum(axis=2) > 40
        assert changed.sum() > 20
        difference = one[changed].mean() - eight[changed].mean()
        assert abs(difference) > 12
        darker.append(difference > 0)
    # Most displays are dark on light.
    assert 0.7 < np.mean(darker) < 1


def test_binarised_displays_have_two_colours():
    for seed in range(10):
        image = draw_binarised("57", BOOK, rng(seed))
        assert {colour for _, colour in image.getcolors()} == {(0, 0, 0), (255, 255, 255)}


def test_digits_behind_a_point_are_shown_whatever_their_size():
    for seed in range(40):
        one, other = (np.asarray(draw_lcd(t, BOOK, rng(seed)), int) for t in ("4.58", "4.53"))
        changed = np.nonzero(np.abs(one - other).max(axis=2) > 20)
        assert len(changed[0]) > 3


def test_decimals_that_are_clearly_small_may_have_no_point():
    found = set()
    for seed in range(120):
        shape = draw_shape(24, rng(seed))
        lit, _ = _with_small_decimals("12.3", shape, rng(seed))
        sizes = {text: segment_masks(text, shape)[0] for text in ("12.3", "12.", "12")}
        if lit.size == sizes["12.3"].size:
            found.add("large")
            continue
        large = lit.crop((0, 0, *sizes["12"].size)).tobytes()
        kind = {sizes[text].tobytes(): text for text in ("12.", "12")}[large]
        found.add(kind)
    assert found == {"large", "12.", "12"}


def test_light_comes_in_from_the_sides():
    lights = [_light_from_sides((120, 40), rng(seed)) for seed in range(20)]
    assert {light.shape for light in lights} == {(40, 120)}
    for light in lights:
        edges = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
        assert 0 <= light[15:25, 50:70].max() <= edges.max()
    assert len({float(light[20, 0] > 50) for light in lights}) == 2
