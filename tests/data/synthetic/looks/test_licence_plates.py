import numpy as np

from captcha_model.data.synthetic.looks.fonts import FontBook
from captcha_model.data.synthetic.looks.licence_plates import draw_plate

BOOK = FontBook()


def test_plates_of_any_text_have_several_designs():
    ratios = []
    for seed in range(40):
        text = ("A", "12", "AB1234", "WWWWWWWW")[seed % 4]
        plate = draw_plate(text, BOOK, np.random.default_rng(seed))
        assert plate.mode == "RGB"
        ratios.append(plate.width / plate.height)
        assert np.asarray(plate.convert("L"), float).std() > 5
    assert min(ratios) < 2
    assert max(ratios) > 3


def test_the_serial_number_is_the_tallest_text():
    """Exchanging its characters changes at least a third of the rows."""
    for seed in range(20):
        one, other = (
            np.asarray(draw_plate(text, BOOK, np.random.default_rng(seed)), int)
            for text in ("H8H8H8", "L0L0L0")
        )
        if one.shape == other.shape:
            rows = (np.abs(one - other).sum(axis=2) > 60).any(axis=1)
            assert rows.mean() > 0.33
