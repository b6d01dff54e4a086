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
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.transforms.degradation import DEGRADATIONS, degrade
from captcha_model.decoding.best_path import softmax
from captcha_model.decoding.heads import FIXED
from captcha_model.decoding.spans import Frame
from captcha_model.errors import DataError
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.reader import Reader
from captcha_model.metrics.calibration_error import measure
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.metrics.selective import operating_point
from captcha_model.model_card import today
from captcha_model.training.calibrate import (
    CERTAINTY,
    LABEL_NOISE,
    MOST,
    PRECISION,
    CalibrationData,
    fit_calibration,
    fit_novelty,
    gather,
    read_calibration_data,
    sample,
)

CONFIG = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 2})


class Light:
    """A runtime whose logits are known: the lighter an image, the surer it reads "ab"."""

    device = "nothing"

    def logits(self, batch, *, busy=False):
        white = np.array([[0, 4, 1, 0], [0, 1, 4, 0]], np.float32)
        return white * batch.mean(axis=(1, 2, 3), keepdims=True)[..., 0]


def images_of(count: int, labels=("ab",)) -> LabelledImages:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 8, 16, 1), np.uint8)
    names = tuple(f"{n}.png" for n in range(count))
    return LabelledImages(pixels, tuple(itertools.islice(itertools.cycle(labels), count)), names)


def evidence_of(*groups: tuple[int, str, str, float]) -> CalibrationData:
    """Return (count, label, reading, strength) times a reading, each of two characters."""
    logits, labels = [], []
    for count, label, reading, strength in groups:
        rows = np.zeros((2, 4), np.float32)
        rows[[0, 1], CONFIG.vocabulary.encode(reading)] = strength
        logits += [rows] * count
        labels += [label] * count
    return CalibrationData(np.array(logits), tuple(labels), ("clean",) * len(labels))


def drawn_by(logits: np.ndarray, seed: int) -> tuple[str, ...]:
    """Draw texts without gaps from the distributions that logits stand for."""
    random = np.random.default_rng(seed)
    below = softmax(logits).cumsum(axis=-1)[..., :-1] < random.random((*logits.shape[:2], 1))
    return tuple("".join(" abc"[k] for k in row if k) for row in below.sum(axis=-1).tolist())


def test_gathering_is_reading_the_images_and_each_of_their_copies():
    reader = Reader(CONFIG, Light())
    images = images_of(3, ("ab", "c"))
    evidence = gather(reader, images, seed=4)
    assert evidence.labels == images.labels * 16
    assert list(dict.fromkeys(evidence.kinds)) == ["clean", *(d.name for d in DEGRADATIONS)]
    parts = [images, *(degrade(images, damage, 4) for damage in DEGRADATIONS)]
    for number, part in enumerate(parts):
        rows = slice(3 * number, 3 * number + 3)
        assert len(set(evidence.kinds[rows])) == 1
        assert (evidence.logits[rows] == reader.logits(part.pixels)).all()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 1.0, 3.0]))
def test_logits_that_are_too_large_or_too_small_are_divided(seed, factor):
    logits = np.random.default_rng(seed).normal(0, 2, (600, 2, 4)).astype(np.float32)
    texts = drawn_by(logits, seed)
    trust = fit_calibration(CONFIG, CalibrationData(factor * logits, texts, ("clean",) * 600), None)
    assert trust.calibration.temperature == trust.fit.temperature
    assert trust.fit.temperature == pytest.approx(factor, rel=0.2)
    encoded = [CONFIG.vocabulary.encode(text) for text in texts]
    assert trust.fit == fit_temperature(
        factor * logits, encoded, FIXED.log_probability, LABEL_NOISE
    )
    for reliability, temperature in ((trust.before, 1.0), (trust.after, trust.fit.temperature)):
        assert reliability == measure(
            *read_calibration_data(CONFIG, factor * logits, texts, temperature)
        )


def test_the_threshold_is_the_lowest_that_is_right_often_enough():
    evidence = evidence_of((400, "ab", "ab", 6), (40, "ca", "ca", 2), (40, "cc", "ca", 2))
    trust = fit_calibration(CONFIG, evidence, None)
    confidences, right = read_calibration_data(
        CONFIG, evidence.logits, evidence.labels, trust.fit.temperature
    )
    assert right.tolist() == [True] * 440 + [False] * 40
    assert trust.accepted == operating_point(confidences, right, PRECISION, CERTAINTY)
    assert (trust.accepted.accepted, trust.accepted.right) == (400, 400)
    assert trust.calibration.min_confidence == confidences[:400].min()
    assert trust.calibration.familiarity is None


@pytest.mark.parametrize("count", [1, 267, 268])
def test_of_few_readings_the_threshold_shows_what_it_can(count):
    """267 readings without a mistake do not show 99 %, but nothing better can be chosen."""
    trust = fit_calibration(CONFIG, evidence_of((count, "ab", "ab", 6)), None)
    assert (trust.accepted.accepted, trust.accepted.right) == (count, count)
    assert trust.accepted.precision == min(PRECISION, wilson_interval(count, count, CERTAINTY)[0])
    assert (trust.accepted.precision == PRECISION) == (count >= 268)
    # Where all is right, nothing speaks against ever more certainty.
    assert trust.fit.temperature == pytest.approx(LOWEST)


def test_where_all_is_wrong_nothing_is_accepted():
    trust = fit_calibration(CONFIG, evidence_of((300, "ab", "ca", 6)), None)
    assert trust.calibration.min_confidence is None
    assert trust.accepted.accepted == 0


def test_sure_readings_of_wrong_labels_leave_a_threshold():
    """Two labels of a hundred are wrong: no threshold gives 99 %, and what can be had is shown."""
    groups = [(98, "ab", "ab", 6), (2, "cc", "ab", 6), (20, "ca", "cb", 1)]
    trust = fit_calibration(CONFIG, evidence_of(*groups), None)
    assert (trust.accepted.accepted, trust.accepted.right) == (100, 98)
    assert trust.accepted.precision == wilson_interval(98, 100, CERTAINTY)[0]


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
def test_the_model_accepts_what_it_was_said_to(groups):
    evidence = evidence_of(*groups)
    trust = fit_calibration(CONFIG, evidence, None)
    config = dataclasses.replace(CONFIG, calibration=trust.calibration)
    decoder = Decoder(config, networks.describe(config))
    pixels = np.zeros((len(evidence.labels), 8, 16, 1), np.uint8)
    readings = decoder.decode(pixels, evidence.logits, [Frame(16, 8)] * len(pixels))
    accepted = [r.text == s for r, s in zip(readings, evidence.labels, strict=True) if r.accepted]
    assert (len(accepted), sum(accepted)) == (trust.accepted.accepted, trust.accepted.right)


def test_labels_that_the_model_cannot_read():
    known = evidence_of((300, "ab", "ab", 6), (20, "cb", "ca", 2))
    foreign = CalibrationData(known.logits[:5], ("ax",) * 5, ("clean",) * 5)
    both = CalibrationData(
        np.concatenate([foreign.logits, known.logits]),
        foreign.labels + known.labels,
        foreign.kinds + known.kinds,
    )
    # A character that is foreign to the model is left out; a text too long for it is read wrong.
    assert fit_calibration(CONFIG, both, None) == fit_calibration(CONFIG, known, None)
    long = dataclasses.replace(known, labels=("abc",) * 5 + known.labels[5:])
    trust = fit_calibration(CONFIG, long, None)
    assert (trust.fit.images, trust.fit.impossible) == (315, 5)
    assert (trust.after.images, trust.after.accuracy) == (320, 295 / 320)
    for labels in (foreign.labels, ("abc",) * 5):
        with pytest.raises(DataError) as caught:
            fit_calibration(CONFIG, dataclasses.replace(foreign, labels=labels), None)
        assert caught.value.code == "PART_EMPTY"


def test_reading_by_hand():
    evidence = evidence_of((1, "ab", "ab", 4), (1, "ab", "cb", 2))
    confidences, right = read_calibration_data(CONFIG, evidence.logits, evidence.labels, 2.0)
    shares = [np.exp(s) / (np.exp(s) + 3) for s in (2.0, 1.0)]
    assert confidences == pytest.approx([share**2 for share in shares])
    assert right.tolist() == [True, False]


def test_what_is_told_of_it():
    familiarity = fit_novelty(images_of(2))
    evidence = evidence_of((400, "ab", "ab", 6), (40, "ca", "ca", 2), (40, "cc", "ca", 2))
    trust = fit_calibration(CONFIG, evidence, familiarity)
    assert trust.calibration.familiarity is familiarity
    facts = trust.facts("mine", "test")
    assert (facts.date, facts.data, facts.part) == (today(), "mine", "test")
    assert (facts.images, facts.accepted, facts.correct) == (480, 400, 400)
    assert (facts.ece_before, facts.ece) == (trust.before.ece, trust.after.ece)
    assert facts.auroc == pytest.approx((400 + 20) / 440)
    first, second = trust.to_text().splitlines()
    assert first == (
        "calibrated on 480 readings, of degraded copies too: "
        f"temperature {trust.fit.temperature:.3f}, "
        f"ECE {trust.before.ece:.2%} -> {trust.after.ece:.2%}"
    )
    assert second == f"accepted by default: {trust.accepted.to_text()}"


def test_a_sample_is_the_same_for_a_seed_and_in_order():
    few = images_of(MOST)
    assert sample(few).names == few.names
    many = images_of(MOST + 100, ("ab", "c", "a"))
    one = sample(many, 3)
    places = [many.names.index(name) for name in one.names]
    assert len(places) == MOST
    assert places == sorted(set(places))
    assert one.labels == tuple(many.labels[place] for place in places)
    assert (one.pixels == many.pixels[places]).all()
    assert sample(many, 3).names == one.names
    assert sample(many, 4).names != one.names


def test_the_training_images_and_their_copies_are_familiar(drawn):
    familiarity = fit_novelty(drawn, seed=2)
    parts = [drawn, *(degrade(drawn, damage, 2) for damage in DEGRADATIONS)]
    figures = np.concatenate([image_statistics.measure(part.pixels) for part in parts])
    assert familiarity == NoveltyDetector.fit(figures)
    assert familiarity.count == 16 * 16
    assert (familiarity.distance(drawn.pixels) <= familiarity.limit).all()
    assert familiarity.distance(255 - drawn.pixels).min() > familiarity.limit
    assert fit_novelty(images_of(1)).count == 16
