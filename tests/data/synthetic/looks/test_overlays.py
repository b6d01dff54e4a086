import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.colours import Palette
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.layout import Layer
from captcha_model.data.synthetic.looks.overlays import (
    blurred,
    clutter_over,
    faded,
    inverted,
    sieved,
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


def test_holes_of_single_pixels_leave_enough_of_the_text():
    layer = Layer(Image.new("L", SIZE, 255), Image.new("RGB", SIZE, (10, 20, 30)))
    shares, alone = [], 0
    for seed in range(40):
        found = sieved(layer, rng(seed))
        assert found.colours is layer.colours
        holes = np.asarray(found.mask) == 0
        shares.append(holes.mean())
        # Half of the screens are of holes that touch no other one at a side.
        alone += not (holes[:, 1:] & holes[:, :-1]).any()
    assert min(shares) > 0.01
    assert max(shares) < 0.62
    assert 5 < alone < 35


def test_a_blurred_text_keeps_the_colours_of_its_letters():
    mask = Image.new("L", SIZE)
    colours = Image.new("RGB", SIZE, (0, 0, 255))
    for left, colour in ((30, (255, 0, 0)), (90, (0, 255, 0))):
        mask.paste(255, (left, 20, left + 30, 40))
        colours.paste(colour, (left, 20, left + 30, 40))
    for seed in range(10):
        layer = blurred(Layer(mask, colours), rng(seed))
        soft = np.asarray(layer.mask)
        assert 8 < soft[30, 29] < 250
        assert soft[30, 45] > 200
        # Around a letter as in it, and nothing of the colour of the ground behind it.
        painted = np.asarray(layer.colours, int)
        assert (np.abs(painted[22:38, 29:60] - (255, 0, 0)) < 30).all()
        assert (np.abs(painted[22:38, 90:121] - (0, 255, 0)) < 30).all()


def test_a_blurred_text_of_one_colour_keeps_its_colours():
    mask = Image.new("L", SIZE)
    mask.paste(255, (30, 20, 60, 40))
    layer = Layer(mask, Image.new("RGB", SIZE, (10, 20, 30)))
    assert blurred(layer, rng(1)).colours is layer.colours
