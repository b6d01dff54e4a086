import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model import networks
from captcha_model.calibration import image_statistics
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.calibration.temperature import LOWEST, fit_temperature
from captcha_model.calibration.threshold import fit_threshold
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.transforms.degradation import DEGRADATIONS, degrade
from captcha_model.decoding.best_path import softmax
from captcha_model.decoding.heads import FIXED
from captcha_model.errors import DataError
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.reader import Reader
from captcha_model.inference.views import other_widths
from captcha_model.metrics.calibration_error import measure
from captcha_model.model_card import today
from captcha_model.prediction import Frame
from captcha_model.training.calibrate import (
    LABEL_NOISE,
    PRECISION,
    fit_calibration,
    fit_novelty,
)
from captcha_model.training.calibration_data import MAX_IMAGES, CalibrationData, gather, sample
from captcha_model.training.calibration_readings import first_look, probabilities, second_look

CONFIG = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 2})


class Light:
    """A runtime whose logits are known: the lighter an image, the surer it reads "ab"."""

    device = "nothing"
    threads = None
    concurrent = False

    def logits(self, batch, *, busy=False):
        white = np.array([[0, 4, 1, 0], [0, 1, 4, 0]], np.float32)
        return white * batch.mean(axis=(1, 2, 3), keepdims=True)[..., 0]


def images_of(count: int, labels=("ab",)) -> LabelledImages:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 16, 1), np.uint8)
    names = tuple(f"{n}.png" for n in range(count))
    return LabelledImages(pixels, tuple(itertools.islice(itertools.cycle(labels), count)), names)


def data_of(logits: np.ndarray, labels: tuple[str, ...]) -> CalibrationData:
    """Return logits of clean images."""
    return CalibrationData(logits, labels, ("clean",) * len(labels), tuple(range(len(labels))))


def calibration_data(*groups: tuple[int, str, str, float]) -> CalibrationData:
    """Return (count, label, reading, strength) times a reading, each of two characters."""
    logits, labels = [], []
    for count, label, reading, strength in groups:
        rows = np.zeros((2, 4), np.float32)
        rows[[0, 1], CONFIG.vocabulary.encode(reading)] = strength
        logits += [rows] * count
        labels += [label] * count
    return data_of(np.array(logits), tuple(labels))


def texts_from(logits: np.ndarray, seed: int) -> tuple[str, ...]:
    """Draw texts without gaps from the distributions that logits stand for."""
    random = np.random.default_rng(seed)
    below = softmax(logits).cumsum(axis=-1)[..., :-1] < random.random((*logits.shape[:2], 1))
    return tuple("".join(" abc"[k] for k in row if k) for row in below.sum(axis=-1).tolist())


def test_gathering_is_reading_the_images_and_each_of_their_copies():
    reader = Reader(CONFIG, Light())
    images = images_of(3, ("ab", "c"))
    data = gather(reader, images, seed=4)
    assert data.labels == images.labels * 16
    assert list(dict.fromkeys(data.kinds)) == ["clean", *(d.name for d in DEGRADATIONS)]
    parts = [images, *(degrade(images, damage, 4) for damage in DEGRADATIONS)]
    for number, part in enumerate(parts):
        rows = slice(3 * number, 3 * number + 3)
        assert len(set(data.kinds[rows])) == 1
        assert (data.logits[rows] == reader.logits(part.pixels)).all()


class Wide(Light):
    """As many steps as the images are wide."""

    def logits(self, batch, *, busy=False):
        return np.repeat(batch.mean(axis=(1, 3))[..., None], 4, axis=2).astype(np.float32)


def test_gathering_looks_at_the_views_of_the_model():
    config = CaptchaConfig("abc", "general", 16, 96, 3, "scale", 32, views=3)
    random = np.random.default_rng(0)
    pixels = tuple(random.integers(0, 256, (16, width, 3), np.uint8) for width in (64, 96))
    images = LabelledImages(pixels, ("ab", "c"), ("1.png", "2.png"))
    reader = Reader(config, Wide())
    data = gather(reader, images, seed=4)
    degraded = degrade(images, DEGRADATIONS[-1], 4)
    assert len(data.views) == 2
    for rows, part in ((slice(0, 2), images), (slice(30, 32), degraded)):
        for view, other in zip(data.views, other_widths(part.pixels, config, 3), strict=True):
            expected = reader.logits(other)
            assert (view[rows, : expected.shape[1]] == expected).all()
    assert not gather(Reader(dataclasses.replace(config, views=1), Wide()), images).views


@pytest.mark.slow
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 1.0, 3.0]))
def test_logits_that_are_too_large_or_too_small_are_divided(seed, factor):
    logits = np.random.default_rng(seed).normal(0, 2, (600, 2, 4)).astype(np.float32)
    texts = texts_from(logits, seed)
    result = fit_calibration(CONFIG, data_of(factor * logits, texts), None)
    assert result.calibration.temperature == result.fit.temperature
    assert result.fit.temperature == pytest.approx(factor, rel=0.2)
    encoded = [CONFIG.vocabulary.encode(text) for text in texts]
    assert result.fit == fit_temperature(
        factor * logits, encoded, FIXED.log_probability, LABEL_NOISE
    )
    for reliability, temperature in ((result.before, 1.0), (result.after, result.fit.temperature)):
        assert reliability == measure(
            *first_look(CONFIG, data_of(factor * logits, texts), temperature)[1:]
        )


def test_the_threshold_is_fitted_over_images():
    """Right readings are confident, and 80 wrong ones of 560 are not."""
    data = calibration_data((480, "ab", "ab", 6), (40, "cc", "ca", 2), (40, "ca", "cc", 2))
    result = fit_calibration(CONFIG, data, None)
    _, confidences, right = first_look(CONFIG, data, result.fit.temperature)
    assert right.tolist() == [True] * 480 + [False] * 80
    assert result.accepted == fit_threshold(confidences, right, data.images, PRECISION)
    assert (result.accepted.accepted, result.accepted.right) == (480, 480)
    assert result.calibration.min_confidence == confidences[:480].min()
    assert result.calibration.novelty is None
    # As copies of 48 images they show less.
    copies = dataclasses.replace(data, images=tuple(n // 10 for n in data.images))
    assert fit_calibration(CONFIG, copies, None).accepted.precision < PRECISION


@pytest.mark.parametrize("count", [20, 303, 304])
def test_a_few_images_show_less_than_is_requested(count):
    """Without a mistake 303 images do not show 99 % at 4 % error, and 304 do."""
    result = fit_calibration(CONFIG, calibration_data((count, "ab", "ab", 6)), None)
    assert (result.accepted.accepted, result.accepted.right) == (count, count)
    assert (result.accepted.precision == PRECISION) == (count >= 304)
    stated = (
        f"accepted by default: at least {100 * result.accepted.precision:.4g}% precision on new "
    )
    assert (
        result.to_text()
        .splitlines()[1]
        .startswith(
            f"{stated}images; on these, coverage 100.00%: {count} of {count} right (95% interval "
        )
    )
    # If all readings are right, nothing speaks against ever more confidence.
    assert result.fit.temperature == pytest.approx(LOWEST)


def test_where_all_is_wrong_nothing_is_accepted():
    result = fit_calibration(CONFIG, calibration_data((300, "ab", "ca", 6)), None)
    assert result.calibration.min_confidence is None
    assert result.accepted.accepted == 0
    assert result.to_text().splitlines()[1] == (
        "no reading is accepted by default: there is too little evidence for any threshold"
    )


def test_confident_readings_of_wrong_labels_leave_a_threshold():
    """Two labels of a hundred are wrong: a lower precision is stated, of the best readings."""
    groups = [(98, "ab", "ab", 6), (2, "cc", "ab", 6), (20, "ca", "cb", 1)]
    result = fit_calibration(CONFIG, calibration_data(*groups), None)
    assert (result.accepted.accepted, result.accepted.right) == (100, 98)
    assert 0.5 <= result.accepted.precision < 0.95


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 300),
            st.sampled_from(["ab", "cc"]),
            st.sampled_from(["ab", "ca"]),
            st.sampled_from([1.0, 3.0, 8.0]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_the_model_accepts_what_the_result_states(groups):
    data = calibration_data(*groups)
    result = fit_calibration(CONFIG, data, None)
    config = dataclasses.replace(CONFIG, calibration=result.calibration)
    decoder = Decoder(config, networks.describe(config))
    pixels = np.zeros((len(data.labels), 8, 16, 1), np.uint8)
    pixels[:, 0] = 1  # An image of a single colour has no text.
    readings = decoder.decode(pixels, data.logits, [Frame(16, 8)] * len(pixels))
    accepted = [r.text == s for r, s in zip(readings, data.labels, strict=True) if r.accepted]
    assert (len(accepted), sum(accepted)) == (result.accepted.accepted, result.accepted.right)


def test_what_is_accepted_is_what_the_decoder_accepts_after_several_views():
    config = CaptchaConfig("abc", "general", 16, 96, 3, "scale", 32, views=3)
    random = np.random.default_rng(5)
    count = 400
    texts = [("ab", "ca", "bc")[n % 3] for n in range(count)]
    views = []
    for steps in (6, 4, 8):
        logits = random.normal(0, 1, (count, steps, 4)).astype(np.float32)
        for n, text in enumerate(texts):
            logits[n, [0, 2], config.vocabulary.encode(text)] += random.uniform(2, 12)
            logits[n, [1, *range(3, steps)], 0] += 12
        views.append(logits)
    labels = tuple("ba" if n % 50 == 0 else text for n, text in enumerate(texts))
    data = CalibrationData(views[0], labels, ("clean",) * count, tuple(range(count)), (*views[1:],))
    result = fit_calibration(config, data, None)
    once = fit_calibration(config, dataclasses.replace(data, views=()), None)
    assert result.accepted.accepted != once.accepted.accepted

    looked = []

    def look(others, rows, number):
        assert len(others) == len(rows)
        looked.append(number)
        return data.views[number][list(rows)]

    pixels = tuple(random.integers(0, 256, (16, 64, 3), np.uint8) for _ in range(count))
    whole = dataclasses.replace(config, calibration=result.calibration)
    decoder = Decoder(whole, networks.describe(config), look=look)
    readings = decoder.decode(pixels, data.logits, [Frame(64, 16)] * count)
    assert looked == [0, 1]
    accepted = [r.text == s for r, s in zip(readings, labels, strict=True) if r.accepted]
    assert (len(accepted), sum(accepted)) == (result.accepted.accepted, result.accepted.right)
    right = [r.text == s for r, s in zip(readings, labels, strict=True)]
    assert result.after == measure(np.array([r.confidence for r in readings]), np.array(right))


def test_on_unknown_looks_confidences_are_those_of_all_looks_together():
    random = np.random.default_rng(8)
    count = 4000
    views = [random.normal(0, 2, (count, 2, 4)).astype(np.float32) for _ in range(2)]
    data = CalibrationData(
        views[0], ("ab",) * count, ("clean",) * count, tuple(range(count)), (views[1],)
    )
    texts, mean, _ = second_look(CONFIG, data, 1.0)
    wrong = {text: "a" if text != "a" else "b" for text in texts}
    is_right = random.random(count) < mean  # So the mean at temperature 1 is calibrated.
    labels = tuple(t if r else wrong[t] for t, r in zip(texts, is_right, strict=True))
    data = dataclasses.replace(data, labels=labels)
    result = fit_calibration(CONFIG, data, None, unknown_looks=True)
    assert result.fit.temperature == pytest.approx(1, rel=0.05)
    assert result.after.ece < 0.05
    # The first look alone is too sure of itself.
    alone = fit_calibration(CONFIG, dataclasses.replace(data, views=()), None, unknown_looks=True)
    assert alone.fit.temperature > 1.1
    # Both figures are of the same readings.
    sure = first_look(CONFIG, data, result.fit.temperature)[1] >= (
        np.inf if result.accepted.threshold is None else result.accepted.threshold
    )
    looks = [look(CONFIG, data, result.fit.temperature) for look in (first_look, second_look)]
    read, _, right = (np.where(sure, *each) for each in zip(*looks, strict=True))
    alone = dataclasses.replace(data, views=())
    found = [probabilities(CONFIG, each, read.tolist(), 1.0) for each in (alone, data)]
    assert result.before == measure(np.where(sure, *found), right)


def test_labels_that_the_model_cannot_read():
    known = calibration_data((300, "ab", "ab", 6), (20, "cb", "ca", 2))
    foreign = data_of(known.logits[:5], ("ax",) * 5)
    both = CalibrationData(
        np.concatenate([foreign.logits, known.logits]),
        foreign.labels + known.labels,
        foreign.kinds + known.kinds,
        foreign.images + known.images,
    )
    # No temperature helps a text with a character that is foreign to the model; it is read wrong.
    result, without = (fit_calibration(CONFIG, data, None) for data in (both, known))
    assert result.fit == without.fit
    assert (without.accepted.accepted, without.accepted.right) == (300, 300)
    assert (result.accepted.accepted, result.accepted.right) == (305, 300)
    assert result.accepted.precision < without.accepted.precision
    assert result.after.images == 325
    long = dataclasses.replace(known, labels=("abc",) * 5 + known.labels[5:])
    result = fit_calibration(CONFIG, long, None)
    assert (result.fit.images, result.fit.impossible) == (315, 5)
    assert (result.after.images, result.after.accuracy) == (320, 295 / 320)
    for labels in (foreign.labels, ("abc",) * 5):
        with pytest.raises(DataError) as caught:
            fit_calibration(CONFIG, dataclasses.replace(foreign, labels=labels), None)
        assert caught.value.code == "SPLIT_EMPTY"


def test_facts_and_text():
    novelty = fit_novelty(images_of(2))
    data = calibration_data((400, "ab", "ab", 6), (40, "ca", "ca", 2), (40, "cc", "ca", 2))
    result = fit_calibration(CONFIG, data, novelty)
    assert result.calibration.novelty is novelty
    facts = result.facts("mine", "test")
    assert (facts.date, facts.data, facts.split) == (today(), "mine", "test")
    assert (facts.images, facts.accepted, facts.correct) == (480, 400, 400)
    assert (facts.ece_before, facts.ece) == (result.before.ece, result.after.ece)
    assert facts.auroc == pytest.approx((400 + 20) / 440)
    first, second, third = result.to_text().splitlines()
    assert first == (
        "calibrated on 480 readings, of degraded copies too: "
        f"temperature {result.fit.temperature:.3f}, "
        f"ECE {result.before.ece:.2%} -> {result.after.ece:.2%}"
    )
    assert second == (
        "accepted by default: at least 90% precision on new images; on these, "
        f"{result.accepted.measured_text()}"
    )
    assert third == "a constraint is rejected if the image gives it less than 50%"


def test_a_sample_is_the_same_for_a_seed_and_in_order():
    few = images_of(MAX_IMAGES)
    assert sample(few).names == few.names
    many = images_of(MAX_IMAGES + 100, ("ab", "c", "a"))
    one = sample(many, 3)
    places = [many.names.index(name) for name in one.names]
    assert len(places) == MAX_IMAGES
    assert places == sorted(set(places))
    assert one.labels == tuple(many.labels[place] for place in places)
    assert (one.pixels == many.pixels[places]).all()
    assert sample(many, 3).names == one.names
    assert sample(many, 4).names != one.names


def test_the_training_images_and_their_copies_are_in_distribution(synthetic):
    novelty = fit_novelty(synthetic, seed=2)
    parts = [synthetic, *(degrade(synthetic, damage, 2) for damage in DEGRADATIONS)]
    figures = np.concatenate([image_statistics.measure(part.pixels) for part in parts])
    lengths = sorted(map(len, synthetic.labels))
    assert novelty == NoveltyDetector.fit(figures, text_lengths=(lengths[0], lengths[-1]))
    assert novelty.count == 16 * 16
    assert (novelty.distance(synthetic.pixels) <= novelty.limit).all()
    assert novelty.distance(255 - synthetic.pixels).min() > novelty.limit
    assert fit_novelty(images_of(1)).count == 16
