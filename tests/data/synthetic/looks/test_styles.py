import math

import numpy as np

from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.glyph_shapes import STAMPS
from captcha_model.data.synthetic.looks.styles import choose_style


def styles(family: Family, size=(160, 60), length: int = 5):
    return [choose_style(length, size, family, np.random.default_rng(i)) for i in range(60)]


def test_squeezed_letters_are_as_high_as_the_image_allows():
    usual, squeezed = (
        np.mean([style.size for style in styles(Family("wide", squeeze=squeeze), (110, 60))])
        for squeeze in (1.0, 0.5)
    )
    assert squeezed > 1.5 * usual


def test_one_lean_for_all_characters():
    leans = [style.lean for style in styles(Family("slanted", lean=0.5))]
    assert min(leans) < -0.3
    assert max(leans) > 0.3
    assert max(map(abs, leans)) <= 0.5


def test_bodies_are_those_of_hollow_letters():
    family = Family("bodies", hollow=0.5, bodies=1.0)
    for style in styles(family):
        assert bool(style.depth) == style.hollow
        assert style.depth <= style.size / 8


def test_dots_are_at_whole_distances_and_about_as_large_as_letters_would_be():
    beaded = [style for style in styles(Family("dots", beads=1.0)) if style.beads]
    assert len(beaded) > 30
    for style in beaded:
        assert style.beads >= 2
        assert 20 <= style.size * style.beads * style.zoom <= 60


def test_cells_are_higher_than_wide_and_as_large_as_the_letters():
    assert all(style.cell is None for style in styles(Family("shapes")))
    for style in styles(Family("cells", cells=1.0)):
        assert style.cell is not None
        width, height = style.cell
        assert width <= 0.75 * style.size + 1
        assert 0.7 * style.size - 1 <= height <= style.size + 1


def test_the_outlines_of_bodies_are_of_any_strength():
    rims = [style.rim for style in styles(Family("bodies", hollow=1.0, bodies=1.0)) if style.depth]
    assert 0.15 <= min(rims) < 0.3
    assert max(rims) > 0.8


def test_a_text_slopes_as_far_as_its_image_has_room_for_it():
    assert {style.tilt for style in styles(Family("level"))} == {0.0}
    for size in ((160, 60), (160, 200)):
        slopes = [
            style.tilt for style in styles(Family("sloping", slope=0.6, size=(0.3, 0.6)), size)
        ]
        assert min(slopes) < 0 < max(slopes)
        assert max(map(abs, slopes)) <= math.degrees(math.atan(0.6))
    assert max(map(abs, slopes)) > 20


def test_stamps():
    assert not any(style.stamped for style in styles(Family("letters")))
    kinds = {style.stamped for style in styles(Family("stamps", stamped=1.0))}
    assert kinds == set(STAMPS)
