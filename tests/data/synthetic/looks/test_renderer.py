import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.families import FAMILIES
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.errors import DataError
from scripts.make_looks import contact_sheet


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family(family):
    renderer = LookRenderer(5, families=[family])
    for index in range(12):
        look = renderer.draw(index)
        assert look.family == family
        assert look.image.mode == "RGB"
        assert 20 <= look.image.width <= 400
        assert 10 <= look.image.height <= 270
        assert 3 <= len(look.text) <= 10
        assert set(look.text) <= set(CHARACTERS)
        # Something is drawn: an image of one colour has no contrast.
        assert np.asarray(look.image.convert("L"), float).std() > 5


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**40), st.lists(st.integers(0, 10**9), min_size=1, max_size=3))
def test_an_image_depends_on_the_seed_and_the_index_only(seed, indices):
    renderer = LookRenderer(seed)
    first = [renderer.draw(index) for index in indices]
    again = [LookRenderer(seed).draw(index) for index in reversed(indices)]
    for one, other in zip(first, reversed(again), strict=True):
        assert (one.text, one.family) == (other.text, other.family)
        assert one.image.tobytes() == other.image.tobytes()


def test_seeds_and_indices_give_different_images():
    images = [LookRenderer(seed).draw(index).image.tobytes() for seed in (1, 2) for index in (0, 1)]
    assert len(set(images)) == 4


def test_all_families_come_up():
    renderer = LookRenderer(0)
    assert {renderer.draw(index).family for index in range(200)} == set(FAMILIES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": 0, "families": ["nothing"]}, "nothing"),
        ({"seed": 0, "families": []}, "Families must be some of"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(DataError, match=message):
        LookRenderer(**options)


def test_a_contact_sheet_has_a_hundred_images():
    sheet = contact_sheet(LookRenderer(1, families=["segments"]))
    assert sheet.size == (1200, 560)
    pixels = np.asarray(sheet.convert("L"))
    cells = pixels.reshape(10, 56, 10, 120).swapaxes(1, 2)
    assert (cells.std(axis=(2, 3)) > 5).all()
