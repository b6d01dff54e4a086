import numpy as np
import pytest
from PIL import Image

from captcha_model.data.synthetic.looks.clutter import CLUTTER, add_clutter, draw_clutter
from captcha_model.data.synthetic.looks.damage import DAMAGES, damage


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


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("size", [(21, 13), (200, 60)])
def test_damage_keeps_the_size_and_the_rough_content(kind, size):
    pixels = np.full((size[1], size[0], 3), 230, np.uint8)
    pixels[:, : size[0] // 2] = (20, 40, 60)
    random = np.random.default_rng(1)
    for _ in range(5):
        result = damage(Image.fromarray(pixels), kind, random)
        assert (result.mode, result.size) == ("RGB", size)
        found = np.asarray(result.convert("L"), float)
        assert found[:, : size[0] // 2 - 4].mean() < 80
        assert found[:, size[0] // 2 + 4 :].mean() > 180
