import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.decoding.mixture import View, mixture
from captcha_model.decoding.posterior import predictions, predictions_of_views
from captcha_model.errors import ConstraintError
from captcha_model.prediction import Frame

CHARACTERS = "ab"
FRAME = Frame(200, 50)


def views_of(seed: int, steps=(3, 4), count: int = 2) -> list[View]:
    random = np.random.default_rng(seed)
    return [View(random.normal(0, 2, (count, n, 3)), np.full(count, 4 * n, np.intp)) for n in steps]


def probabilities(logits: np.ndarray) -> dict[str, float]:
    """The probability of every text of one image, by all paths."""
    rows = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found: dict[str, float] = {}
    for path in itertools.product(range(3), repeat=len(rows)):
        ids = [i for i, _ in itertools.groupby(path) if i]
        text = "".join(CHARACTERS[i - 1] for i in ids)
        found[text] = found.get(text, 0) + float(np.prod(rows[np.arange(len(rows)), path]))
    return found


def mean_probabilities(views: list[View], n: int) -> dict[str, float]:
    each = [probabilities(view.logits[n]) for view in views]
    return {text: np.mean([one.get(text, 0.0) for one in each]) for text in set().union(*each)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, (1, 1), (0, 2), (2, 3)]))
def test_all_probabilities_are_those_of_the_mean(seed, length):
    views = views_of(seed)
    constraint = Constraint.parse(CaptchaConfig(CHARACTERS).vocabulary, length=length)
    found = predictions_of_views(views, CHARACTERS, [FRAME] * 2, CTC, constraint=constraint)
    for n, reading in enumerate(found):
        every = mean_probabilities(views, n)
        low, high = length or (0, 9)
        allowed = {text: p for text, p in every.items() if low <= len(text) <= high}
        total = sum(allowed.values())
        assert reading.confidence == pytest.approx(allowed[reading.text] / total, abs=1e-9)
        if length:
            assert reading.constraint_probability == pytest.approx(total, abs=1e-9)
        # The text is one that a search finds in one of the views; with so few, the likeliest.
        best = max(
            {
                max(probabilities(view.logits[n]), key=probabilities(view.logits[n]).get): 0
                for view in views
            },
            key=lambda text: allowed.get(text, 0.0),
        )
        assert allowed[reading.text] >= allowed.get(best, 0.0) - 1e-12
        for position, character in enumerate(reading.characters):
            others = [
                allowed.get(reading.text[:position] + c + reading.text[position + 1 :], 0.0)
                for c in CHARACTERS
            ]
            expected = allowed[reading.text] / sum(others)
            assert character.confidence == pytest.approx(expected, abs=1e-9)
            assert 0 <= character.left < character.right <= FRAME.width


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_equal_views_are_one_view(seed):
    (view,) = views_of(seed, (5,))
    alone = predictions(view.logits, CHARACTERS, [FRAME] * 2, CTC)
    for reading, other in zip(
        alone, predictions_of_views([view] * 3, CHARACTERS, [FRAME] * 2, CTC), strict=True
    ):
        assert (reading.text, len(reading.characters)) == (other.text, len(other.characters))
        assert reading.confidence == pytest.approx(other.confidence, abs=1e-12)
        for a, b in zip(reading.characters, other.characters, strict=True):
            assert (a.left, a.right) == pytest.approx((b.left, b.right))
            assert [c.text for c in a.alternatives] == [c.text for c in b.alternatives]


@pytest.mark.parametrize("case", ["ignore", "lower", "upper"])
def test_cases_are_merged_over_all_views(case):
    head = head_in_case(CTC, "aA", case)
    low, high = np.log([[[0.1, 0.8, 0.1]]]), np.log([[[0.1, 0.2, 0.7]]])
    one = np.array([4])
    found = mixture(
        [View(low, one), View(high, one)], head, temperature=1, constraint=None, beam_width=8
    )
    assert found.texts == [(2,) if case == "upper" else (1,)]
    assert np.exp(found.neighbours.text) == pytest.approx([0.9])


def test_a_view_without_room_has_no_share():
    vocabulary = CaptchaConfig(CHARACTERS).vocabulary
    constraint = Constraint.parse(vocabulary, length=4)
    views = views_of(7, (4, 2))
    both = predictions_of_views(views, CHARACTERS, [FRAME] * 2, CTC, constraint=constraint)
    alone = predictions(views[0].logits, CHARACTERS, [FRAME] * 2, CTC, constraint=constraint)
    for reading, other in zip(both, alone, strict=True):
        assert reading.text == other.text
        assert reading.confidence == pytest.approx(other.confidence)
        half = other.constraint_probability / 2
        assert reading.constraint_probability == pytest.approx(half)
    with pytest.raises(ConstraintError, match="up to"):
        predictions_of_views(
            views_of(7, (3, 2)), CHARACTERS, [FRAME] * 2, CTC, constraint=constraint
        )


def test_views_that_disagree_are_sure_of_nothing():
    sure = np.full((1, 1, 3), -9.0)
    a, b = sure.copy(), sure.copy()
    a[..., 1] = b[..., 2] = 9
    one = np.array([4])
    (reading,) = predictions_of_views([View(a, one), View(b, one)], CHARACTERS, [FRAME], CTC)
    assert reading.confidence == pytest.approx(0.5, abs=1e-6)
