import numpy as np
import pytest
from PIL import Image

from captcha_model.data.synthetic.looks.clutter import CLUTTER, add_clutter, draw_clutter


@pytest.mark.parametrize("kind", CLUTTER)
def test_clutter_covers_a_small_part(kind):
    shares = []
    for seed in range(20):
        image = Image.new("RGB", (160, 60), "white")
        add_clutter(image, kind, (0, 0, 0), np.random.default_rng(seed))
        shares.append((np.asarray(image.convert("L")) == 0).mean())
    assert 0 < max(shares) < 0.35


def test_the_colours_are_asked_for_each_shape():
    image = Image.new("RGB", (160, 60), "white")
    colours = iter([(255, 0, 0), (0, 255, 0), (0, 0, 255)])
    draw_clutter(image, ("specks",), 3, lambda: next(colours), np.random.default_rng(1))
    assert len(image.getcolors()) == 4
