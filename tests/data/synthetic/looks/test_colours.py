import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.colours import colour_of, draw_palette, luminance, mixed

SEEDS = st.integers(0, 2**40)


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 255), SEEDS)
def test_a_colour_has_the_luminance(level, seed):
    assert abs(luminance(colour_of(level, np.random.default_rng(seed))) - level) < 1


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.sampled_from([0.0, 1.0]))
def test_texts_contrast_with_their_ground(seed, dark):
    random = np.random.default_rng(seed)
    palette = draw_palette(random, dark)
    assert palette.dark_ground == bool(dark)
    for text in (palette.text, palette.another_text(random)):
        difference = luminance(text) - luminance(palette.ground)
        # The ground's level may be a fraction away from that of its whole-numbered colour.
        assert (difference if dark else -difference) > 70
    near = luminance(palette.another_ground(random, 20)) - luminance(palette.ground)
    assert abs(near) < 22


def test_mixed_colours():
    assert mixed((0, 100, 200), (100, 0, 200), 0) == (0, 100, 200)
    assert mixed((0, 100, 200), (100, 0, 200), 0.25) == (25, 75, 200)
