import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.colours import Palette
from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.ink import litter, painted
from captcha_model.data.synthetic.looks.layout import Layer

SIZE = (160, 60)
PALETTE = Palette((240, 240, 240), (20, 20, 20), dark_ground=False)


def test_ink_of_several_colours_contrasts_everywhere():
    layer = Layer(Image.new("L", SIZE, 255), Image.new("RGB", SIZE))
    counts = []
    for seed in range(20):
        found = painted(layer, PALETTE, np.random.default_rng(seed))
        assert found.mask is layer.mask
        assert np.asarray(found.colours.convert("L")).max() < 200
        counts.append(len(np.unique(np.asarray(found.colours).reshape(-1, 3), axis=0)))
    assert min(counts) >= 2
    assert max(counts) > 20


def test_small_letters_are_near_the_ground():
    shares = []
    for seed in range(10):
        ground = Image.new("RGB", SIZE, PALETTE.ground)
        litter(ground, SIZE, PALETTE, FontBook(), (15, 60), np.random.default_rng(seed))
        grey = np.asarray(ground.convert("L"), int)
        assert grey.min() > 170
        shares.append((np.asarray(ground) != 240).any(axis=2).mean())
    assert 0.01 < np.mean(shares) < 0.5


def test_small_letters_may_be_easy_to_see():
    darkest = []
    for seed in range(10):
        ground = Image.new("RGB", SIZE, PALETTE.ground)
        litter(ground, SIZE, PALETTE, FontBook(), (100, 130), np.random.default_rng(seed))
        darkest.append(np.asarray(ground.convert("L"), int).min())
    assert min(darkest) >= 240 - 132
    assert np.mean(darkest) < 150
