import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.colours import Palette
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.layout import Layer
from captcha_model.data.synthetic.looks.overlays import (
    clutter_over,
    faded,
    inverted,
    struck,
    transparent,
)

SIZE = (160, 60)
GREY = Image.new("RGB", SIZE, (60, 60, 60))
PALETTE = Palette((60, 60, 60), (200, 10, 10), dark_ground=True)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def colours(image: Image.Image) -> set:
    return {colour for _, colour in image.getcolors(100_000)}


def test_clutter_has_the_text_s_colour():
    family = Family("lines", clutter=("line",), over=4, text_colour=1.0)
    seen = [colours(clutter_over(GREY, family, PALETTE, rng(seed))) for seed in range(20)]
    assert set().union(*seen) == {(60, 60, 60), (200, 10, 10)}


def test_strong_clutter_contrasts_however_faint_the_text_is():
    family = Family("dots", clutter=("dots",), over=3, strong=True)
    faint = Palette((60, 60, 60), (90, 90, 90), dark_ground=True, kind="faint")
    seen = [
        np.asarray(clutter_over(GREY, family, faint, rng(seed)).convert("L")) for seed in range(9)
    ]
    assert max(image.max() for image in seen) > 140


def test_some_clutter_is_always_there():
    bare = {}
    for least in (0, 1):
        family = Family("lines", clutter=("line",), over=4, least_over=least, strong=True)
        images = [clutter_over(GREY, family, PALETTE, rng(seed)) for seed in range(60)]
        bare[least] = sum(len(colours(image)) == 1 for image in images)
    assert bare[0] > 4
    assert bare[1] == 0


def test_veiled_clutter_is_half_transparent():
    family = Family("lines", clutter=("line",), over=4, text_colour=1.0, veiled=1.0)
    for seed in range(10):
        assert (200, 10, 10) not in colours(clutter_over(GREY, family, PALETTE, rng(seed)))


def test_strokes_invert():
    shares = []
    for seed in range(10):
        image = struck(GREY, 4, rng(seed))
        assert colours(image) <= {(60, 60, 60), (195, 195, 195)}
        shares.append((np.asarray(image)[..., 0] == 195).mean())
    assert 0.02 < np.mean(shares) < 0.5


def test_a_part_is_inverted():
    for seed in range(10):
        share = (np.asarray(inverted(GREY, rng(seed)))[..., 0] == 195).mean()
        assert 0.03 < share < 0.97


def test_a_transparent_ground_is_seen_as_reading_sees_it():
    mask = Image.new("L", SIZE)
    mask.paste(255, (40, 20, 120, 40))
    layer = Layer(mask, Image.new("RGB", SIZE, (10, 20, 30)))
    alone = Family("text alone", over=0)
    for seed in range(10):
        pixels = np.asarray(transparent(layer, alone, rng(seed)).convert("L"), int)
        # Reading lays it on white, whatever the transparent pixels hide.
        assert (pixels[:20] == 255).all()
        assert (pixels[20:40, 40:120] < 70).all()


def test_some_lines_are_holes_in_the_text():
    mask = Image.new("L", SIZE, 255)
    layer = Layer(mask, Image.new("RGB", SIZE, (10, 20, 30)))
    family = Family("lines", clutter=("line",), over=4)
    holes = [
        (np.asarray(transparent(layer, family, rng(seed))) == 255).all(axis=2).mean()
        for seed in range(20)
    ]
    assert max(holes) > 0.01
    assert max(holes) < 0.3


def test_a_part_of_the_text_nearly_vanishes():
    layer = Layer(Image.new("L", SIZE, 255), Image.new("RGB", SIZE, (10, 20, 30)))
    for seed in range(10):
        mask = np.asarray(faded(layer, rng(seed)).mask)
        assert mask.min() > 40
        assert mask.min() < 170
        assert mask.max() > mask.min() + 60
