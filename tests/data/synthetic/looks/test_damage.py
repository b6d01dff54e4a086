import numpy as np
import pytest
from PIL import Image

from captcha_model.data.synthetic.looks.damage import DAMAGES, damage


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


def test_grain_is_stronger_than_noise_and_has_no_colour():
    grey = Image.new("RGB", (100, 60), (128, 128, 128))
    spreads = {}
    for kind in ("noise", "grain"):
        noisy = [np.asarray(damage(grey, kind, np.random.default_rng(i)), int) for i in range(20)]
        spreads[kind] = np.mean([image.std() for image in noisy])
        if kind == "grain":
            assert all(np.ptp(image, axis=2).max() == 0 for image in noisy)
    assert spreads["grain"] > 1.8 * spreads["noise"]
