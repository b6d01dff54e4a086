from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.synthetic.looks.families import (
    ALL_FAMILIES,
    CAPTCHAS,
    EMPTY,
    FAMILIES,
    WEIGHTS,
    WITH_TEXT,
)
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.looks.texts import CHARACTERS
from captcha_model.errors import DataError
from scripts.make_looks import contact_sheet


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_every_family(family):
    renderer = LookRenderer(5, families=[family])
    for index in range(12):
        look = renderer.draw(index)
        assert look.family == family
        assert look.image.mode == "RGB"
        assert 20 <= look.image.width <= 700
        assert 10 <= look.image.height <= 400
        if family == EMPTY:
            assert look.text == ""
            continue
        assert 1 <= len(look.text) <= 10
        assert set(look.text) <= set(CHARACTERS)
        # Something is drawn: an image of one colour has no contrast in any channel.
        assert np.asarray(look.image, float).std(axis=(0, 1)).max() > 4


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


def test_the_families_come_up_as_often_as_their_weights():
    # Only the choice of the family: drawing so many images would take long.
    renderer = LookRenderer(0)
    counts = Counter(renderer.family(index) for index in range(4000))
    assert set(counts) == set(FAMILIES)
    for name in FAMILIES:
        expected = 4000 * WEIGHTS[name]
        assert abs(counts[name] - expected) < 5 * expected**0.5
    captchas = sum(WEIGHTS[name] for name in CAPTCHAS)
    assert captchas == pytest.approx(0.78)
    assert WEIGHTS[EMPTY] == pytest.approx(0.04)
    assert EMPTY not in WITH_TEXT
    assert sum(WEIGHTS[name] for name in FAMILIES) == pytest.approx(1)


def test_the_family_is_known_without_drawing():
    renderer = LookRenderer(3)
    assert [renderer.family(i) for i in range(5)] == [renderer.draw(i).family for i in range(5)]


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
