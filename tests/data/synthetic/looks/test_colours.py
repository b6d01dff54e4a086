import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.colours import (
    PALETTES,
    colour_of,
    draw_palette,
    luminance,
    mixed,
)

SEEDS = st.integers(0, 2**40)
SEEN = range(80)


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


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.sampled_from(PALETTES))
def test_texts_differ_from_their_ground(seed, kind):
    random = np.random.default_rng(seed)
    palette = draw_palette(random, 0.5, kind)
    for text in (palette.text, palette.another_text(random)):
        # The sum over the channels: a person sees a difference of hue, too.
        assert sum(abs(a - b) for a, b in zip(text, palette.ground, strict=True)) > 35
    assert abs(luminance(palette.strong(random)) - luminance(palette.ground)) > 55


def test_how_much_kinds_of_palettes_contrast():
    contrasts = {}
    for kind in PALETTES:
        palettes = [draw_palette(np.random.default_rng(seed), 0.0, kind) for seed in range(80)]
        differences = [luminance(p.ground) - luminance(p.text) for p in palettes]
        contrasts[kind] = float(np.mean(np.abs(differences)))
    assert contrasts["equal"] < 2
    assert 25 < contrasts["faint"] < 72
    assert contrasts["faint"] < contrasts["usual"]


def test_bright_colours_are_strong_hues_on_a_quiet_ground():
    for seed in range(80):
        palette = draw_palette(np.random.default_rng(seed), 0.0, "bright")
        assert luminance(palette.ground) > 220
        assert 33 < luminance(palette.ground) - luminance(palette.text) < 152
    strength = {
        kind: np.mean([np.ptp(draw_palette(np.random.default_rng(i), 0, kind).text) for i in SEEN])
        for kind in ("usual", "bright")
    }
    assert strength["bright"] > 1.5 * strength["usual"]
