import numpy as np
import pytest
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.looks.empty import FIGURES, draw_empty
from captcha_model.data.synthetic.looks.fonts import FontBook

BOOK = FontBook()


def test_images_without_text_differ_and_show_something():
    spreads, sizes = [], set()
    for seed in range(40):
        image = draw_empty(BOOK, np.random.default_rng(seed))
        assert image.mode == "RGB"
        spreads.append(np.asarray(image, float).std(axis=(0, 1)).max())
        sizes.add(image.size)
    assert len(sizes) > 30
    # Some are all ground.
    assert np.mean(np.array(spreads) > 4) > 0.6


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_cover_a_part(figure):
    shares = []
    for seed in range(20):
        image = Image.new("RGB", (160, 60), "white")
        figure(ImageDraw.Draw(image), image.size, (0, 0, 0), np.random.default_rng(seed))
        shares.append((np.asarray(image.convert("L")) == 0).mean())
    assert 0 < max(shares) < 0.6
