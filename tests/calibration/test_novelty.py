import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.calibration.image_statistics import TOLERANCES, measure
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.data.transforms.degradation import degraded_copies
from captcha_model.errors import ConfigError

GREY = np.array(list(TOLERANCES.values()))[:12]
PLAIN = NoveltyDetector(1, (0.0,) * 12, tuple(tuple(row) for row in np.eye(12).tolist()), limit=3.5)


def random_statistics(count: int, seed: int = 0, statistics: int = 12) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, statistics)) @ random.normal(size=(statistics, statistics))


@pytest.fixture(scope="module")
def statistics(synthetic) -> np.ndarray:
    """Those of sixteen drawn captchas and their damaged copies."""
    copies = [copy.pixels for _, copy in degraded_copies(synthetic)]
    return np.concatenate([measure(pixels) for pixels in (synthetic.pixels, *copies)])


@pytest.fixture(scope="module")
def fitted(statistics) -> NoveltyDetector:
    return NoveltyDetector.fit(statistics)


@pytest.mark.slow
def test_new_images_of_the_kind_are_in_distribution(fitted):
    synthesizer = Synthesizer(CHARACTERS, seed=99)
    new = np.stack([np.asarray(synthesizer.draw(i).image)[..., None] for i in range(100)])
    assert (fitted.distance(new) <= fitted.limit).mean() >= 0.97
    lighter = np.minimum(new.astype(int) + 20, 255).astype(np.uint8)
    paler = (new * 0.8 + 25).astype(np.uint8)
    for changed in (lighter, paler):
        assert (fitted.distance(changed) <= fitted.limit).mean() >= 0.95


def test_other_images_are_not(fitted):
    random = np.random.default_rng(0)
    columns, rows = np.meshgrid(np.linspace(0, 255, 200), np.linspace(0, 60, 50))
    others = {
        "white": np.full((50, 200), 255),
        "black": np.zeros((50, 200)),
        "gradient": (columns + rows) / 2,
        "noise": random.integers(0, 256, (50, 200)),
        "checks": (columns // 16 + rows // 8) % 2 * 255,
        "a box": np.where((abs(columns - 128) < 60) & (abs(rows - 30) < 20), 0, 255),
        "the negative": 255 - np.asarray(Synthesizer(CHARACTERS).draw(0).image),
    }
    distances = fitted.distance(np.stack(list(others.values()))[..., None].astype(np.uint8))
    assert dict(zip(others, distances > fitted.limit, strict=True)) == dict.fromkeys(others, True)


def test_the_distance_is_that_of_mahalanobis(statistics, fitted, synthetic):
    scale = np.sqrt(statistics.var(axis=0) + GREY**2)
    plain = np.cov(statistics.T, bias=True) + np.diag(GREY**2)
    # Shrinking leaves the variances and multiplies every covariance by one number.
    found = np.linalg.inv(np.array(fitted.whitening) @ np.array(fitted.whitening).T)
    assert np.diag(found) == pytest.approx(scale**2, rel=1e-3)
    off = ~np.eye(12, dtype=bool)
    shares = (found / np.outer(scale, scale))[off] / (plain / np.outer(scale, scale))[off]
    assert np.median(shares) == pytest.approx(1 - 0.02, abs=0.02)
    assert shares == pytest.approx(np.full(shares.shape, np.median(shares)), abs=0.01)
    away = measure(synthetic.pixels) - statistics.mean(axis=0)
    slow = [math.sqrt(row @ np.linalg.inv(found) @ row) for row in away]
    assert fitted.distance(synthetic.pixels) == pytest.approx(slow, rel=1e-3)


def test_the_limit_keeps_its_share(statistics):
    for share in (0.9, 0.99):
        fitted = NoveltyDetector.fit(statistics, share)
        away = np.linalg.norm((statistics - fitted.centre) @ np.array(fitted.whitening), axis=1)
        kept = (away <= fitted.limit).mean()
        assert kept >= share
        assert kept <= share + 0.01 or fitted.limit == math.sqrt(12)


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(0, 2**32), st.sampled_from((12, 13)), st.floats(0, 100))
def test_any_figures_can_be_fitted(count, seed, number, size):
    rows = size * random_statistics(count, seed, number)
    fitted = NoveltyDetector.fit(rows)
    assert fitted.count == count
    assert fitted.channels == {12: 1, 13: 3}[number]
    assert fitted.limit >= math.sqrt(number)
    assert np.linalg.matrix_rank(np.array(fitted.whitening)) == number


@given(st.integers(0, 2**32))
def test_the_order_of_images_is_of_no_effect(seed):
    rows = random_statistics(30, 1)
    mixed = np.random.default_rng(seed).permutation(rows)
    first, second = NoveltyDetector.fit(rows), NoveltyDetector.fit(mixed)
    assert first.centre == pytest.approx(second.centre)
    assert first.limit == pytest.approx(second.limit, rel=1e-4)


def test_images_that_are_all_alike_leave_room_for_their_tolerances():
    rows = np.tile(random_statistics(1), (5, 1))
    fitted = NoveltyDetector.fit(rows)
    whitening = np.array(fitted.whitening)
    assert fitted.limit == math.sqrt(12)
    assert np.linalg.norm(GREY @ whitening) == pytest.approx(math.sqrt(12), abs=1e-4)
    assert np.linalg.norm(2 * GREY @ whitening) > fitted.limit


def test_few_images_are_believed_less_than_many():
    off = ~np.eye(12, dtype=bool)

    def kept(count: int) -> float:
        """Return what is left of the correlations of some images."""
        rows = 100 * random_statistics(count, 3)
        fitted = NoveltyDetector.fit(rows)
        covariance = np.linalg.inv(np.array(fitted.whitening) @ np.array(fitted.whitening).T)
        scale = np.sqrt(np.diag(covariance))
        correlation = covariance / np.outer(scale, scale)
        return float((correlation / np.corrcoef(rows.T))[off].mean())

    shares = [kept(count) for count in (5, 50, 500, 5000)]
    assert shares == sorted(shares)
    assert shares[0] < 0.7
    assert shares[-1] > 0.99


def test_colour():
    random = np.random.default_rng(0)
    grey = random.integers(0, 256, (20, 16, 32, 1))
    tinted = np.clip(grey + np.array([0, 4, 8]), 0, 255).astype(np.uint8)
    fitted = NoveltyDetector.fit(measure(tinted))
    gaudy = random.integers(0, 256, (5, 16, 32, 3), np.uint8)
    assert fitted.channels == 3
    assert (fitted.distance(tinted) <= fitted.limit).mean() >= 0.9
    assert (fitted.distance(gaudy) > fitted.limit).all()


@pytest.mark.parametrize("shape", [(3, 16, 32, 3), (16, 32, 1), (16, 32)])
def test_other_channels_than_those_of_the_training(shape):
    with pytest.raises(ValueError, match="channels"):
        PLAIN.distance(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(1, 12), (5, 11), (12,), (0, 12)])
def test_what_cannot_be_fitted(shape):
    with pytest.raises(ValueError, match="two images"):
        NoveltyDetector.fit(np.zeros(shape))


def test_no_images_have_no_distances(fitted):
    assert fitted.distance(np.empty((0, 50, 200, 1), np.uint8)).shape == (0,)


def test_it_goes_through_json_and_back(fitted, synthetic):
    fitted.distance(synthetic.pixels)
    again = NoveltyDetector.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert (again.distance(synthetic.pixels) == fitted.distance(synthetic.pixels)).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 0),
        ("count", 1.0),
        ("count", True),
        ("count", 10**10),
        ("centre", (0.0,) * 11),
        ("centre", (math.nan,) + (0.0,) * 11),
        ("centre", ("0",) + (0.0,) * 11),
        ("centre", (1e10,) + (0.0,) * 11),
        ("centre", [0.0] * 12),
        ("whitening", PLAIN.whitening[:-1]),
        ("whitening", (*PLAIN.whitening[:-1], (0.0,))),
        ("whitening", (*PLAIN.whitening[:-1], (math.inf,) * 12)),
        ("whitening", None),
        ("limit", 0.0),
        ("limit", -1.0),
        ("limit", math.inf),
        ("limit", None),
        ("limit", True),
    ],
)
def test_values_that_it_cannot_have(field, value):
    with pytest.raises(ConfigError, match=field) as caught:
        dataclasses.replace(PLAIN, **{field: value})
    assert caught.value.code == "NOVELTY_INVALID"


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("limit"),
        lambda v: v.update(more=1),
        lambda v: v.update(centre=None),
        lambda v: v.update(centre="0" * 12),
        lambda v: v.update(whitening={}),
        lambda v: v.update(whitening=[None] * 12),
        lambda v: v["whitening"].append([0.0] * 12),
        lambda v: v.update(limit="3"),
    ],
)
def test_what_a_file_cannot_hold(change):
    values = PLAIN.to_dict()
    change(values)
    with pytest.raises(ConfigError):
        NoveltyDetector.from_dict(values)


@pytest.mark.parametrize("values", [None, [], "novelty", 3])
def test_not_a_mapping(values):
    with pytest.raises(ConfigError):
        NoveltyDetector.from_dict(values)


def test_the_lengths_of_texts():
    plain = dataclasses.replace(PLAIN, text_lengths=(2, 3))
    assert [plain.has_novel_length("x" * n) for n in range(5)] == [True, True, False, False, True]
    assert not PLAIN.has_novel_length("x" * 99)
    assert NoveltyDetector.from_json(plain.to_json()) == plain
    for wrong in ((3, 2), (0, 2), (2,), (2.0, 3)):
        with pytest.raises(ConfigError, match="text_lengths"):
            dataclasses.replace(PLAIN, text_lengths=wrong)
