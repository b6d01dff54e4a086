import numpy as np
from PIL import Image

from captcha_model.data.synthetic.looks.camera import photograph


def test_all_of_an_image_stays_in_sight():
    marked = Image.new("RGB", (160, 60), (128, 128, 128))
    # A green pixel block at each corner.
    for x in (0, 148):
        for y in (0, 48):
            marked.paste((0, 255, 0), (x, y, x + 12, y + 12))
    for seed in range(30):
        seen = photograph(marked, np.random.default_rng(seed))
        assert seen.mode == "RGB"
        assert 160 <= seen.width <= 220
        pixels = np.asarray(seen, int)
        green = pixels[..., 1] - pixels[..., 0] > 30
        rows, columns = green.shape
        for part in (green[: rows // 2], green[rows // 2 :]):
            for corner in (part[:, : columns // 2], part[:, columns // 2 :]):
                assert corner.sum() > 60
