"""The compiled core against its reference: texts equal, probabilities within 1e-9 of themselves."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.decoding import best_path
from captcha_model.decoding.beam_search import NEGLIGIBLE, beam_search
from captcha_model.decoding.confidences import confidences
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.lattices import ctc
from captcha_model.decoding.posterior import predictions
from captcha_model.prediction import Frame
from tests.native.both_ways import KINDS, any_texts, assert_same, both, lattices, logits_of

quickly = settings(deadline=None, max_examples=60)
SEEDS = st.integers(0, 2**32 - 1)


@quickly
@given(lattices(), st.sampled_from([0.05, 0.7, 1.0, 3.0]), st.sampled_from(["f", "d"]))
def test_log_softmax(logits, temperature, kind):
    ours, reference = both(
        lambda: best_path.log_softmax(logits.astype(kind), temperature=temperature)
    )
    assert_same(ours, reference, -np.inf)


@quickly
@given(lattices())
def test_best_paths(logits):
    ours, reference = both(lambda: best_path.best_paths(logits))
    assert ours == reference
    ours, reference = both(lambda: best_path.best_paths(logits[:, ::2, ::-1]))
    assert ours == reference


@quickly
@given(
    lattices(most_steps=60, most_classes=400),
    st.integers(1, 20),
    st.sampled_from([NEGLIGIBLE, 0.0, 0.4]),
)
def test_the_search_finds_the_same_texts_in_the_same_order(logits, width, negligible):
    for image in np.exp(best_path.log_softmax(logits)):
        ours, reference = both(lambda image=image: beam_search(image, width, None, negligible))
        assert ours == reference


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_the_same_in_many_steps_and_classes(kind):
    for shape in ((1, 200, 30), (1, 20, 3000)):
        (image,) = np.exp(best_path.log_softmax(logits_of(kind, 1, shape)))
        ours, reference = both(lambda image=image: beam_search(image))
        assert ours == reference


def test_the_widest_search():
    (image,) = np.exp(best_path.log_softmax(logits_of("flat", 1, (1, 7, 4))))
    ours, reference = both(lambda: beam_search(image, 2**62, None, 0.0))
    assert ours == reference
    assert len(ours) > 800


@quickly
@given(lattices(), SEEDS, st.integers(0, 40))
def test_probabilities_of_any_texts(logits, seed, longest):
    log_probabilities = best_path.log_softmax(logits)
    texts = any_texts(seed, logits.shape, longest)
    ours, reference = both(lambda: ctc.log_probability(log_probabilities, texts))
    assert_same(ours, reference, -np.inf)
    # Many texts in one image, as after a search.
    shape = (len(texts), *logits.shape[1:])
    one = np.broadcast_to(log_probabilities[-1], shape)
    ours, reference = both(lambda: ctc.log_probability(one, texts))
    assert_same(ours, reference, -np.inf)


def assert_same_neighbours(log_probabilities, texts):
    ours, reference = both(lambda: ctc.neighbours(log_probabilities, texts))
    assert (ours.lengths == reference.lengths).all()
    assert_same(ours.text, reference.text, -np.inf)
    for name in ("substitutions", "insertions", "deletions"):
        ones, others = getattr(ours, name), getattr(reference, name)
        beside = reference.text.reshape(-1, *[1] * (ones.ndim - 1))
        assert_same(ones, others, np.broadcast_to(beside, ones.shape))
    there = np.arange(ours.begins.shape[1]) < ours.lengths[:, None]
    there &= np.isfinite(reference.text)[:, None]
    for name in ("begins", "ends"):
        expected = pytest.approx(getattr(reference, name)[there], rel=1e-9, abs=1e-9)
        assert getattr(ours, name)[there] == expected


@quickly
@given(lattices(), SEEDS)
def test_neighbours_of_the_best_paths(logits, seed):
    log_probabilities = best_path.log_softmax(logits)
    assert_same_neighbours(log_probabilities, best_path.best_paths(log_probabilities))


@quickly
@given(lattices(most_steps=80, most_classes=300), SEEDS)
def test_neighbours_of_any_texts(logits, seed):
    texts = any_texts(seed, logits.shape, logits.shape[1] // 2)
    assert_same_neighbours(best_path.log_softmax(logits), texts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 200, 40), (2, 2, 10_000), (1, 30, 5001), (1, 3, 512)])
def test_neighbours_in_the_largest_lattices(kind, shape):
    log_probabilities = best_path.log_softmax(logits_of(kind, 3, shape))
    texts = [text[:20] for text in best_path.best_paths(log_probabilities)]
    assert_same_neighbours(log_probabilities, texts)


def assert_same_readings(ours, reference):
    assert [r.text for r in ours] == [r.text for r in reference]
    for one, other in zip(ours, reference, strict=True):
        assert one.confidence == pytest.approx(other.confidence, rel=1e-9)
        for a, b in zip(one.characters, other.characters, strict=True):
            assert a[1:4] == pytest.approx(b[1:4], rel=1e-9)
            # Of equally likely characters either may come first.
            expected = pytest.approx([x.confidence for x in b.alternatives], rel=1e-9, abs=1e-250)
            assert [x.confidence for x in a.alternatives] == expected
        for a, b in ((one.runner_up, other.runner_up), (one.length_variant, other.length_variant)):
            assert (a and a.confidence) == (b and pytest.approx(b.confidence, rel=1e-9, abs=1e-250))


@quickly
@given(lattices(most_steps=60, most_classes=200), st.integers(0, 9), st.integers(0, 5))
def test_readings(logits, beam_width, alternatives):
    characters = "".join(chr(0x4E00 + i) for i in range(logits.shape[2] - 1))
    frames = [Frame(100, 30)] * len(logits)
    options = {"beam_width": beam_width, "temperature": 1.3}
    assert_same_readings(
        *both(
            lambda: predictions(
                logits, characters, frames, CTC, alternatives=alternatives, **options
            )
        )
    )
    ours, reference = both(lambda: confidences(logits, characters, CTC, **options))
    assert ours[0] == reference[0]
    assert ours[1] == pytest.approx(reference[1], rel=1e-9)


def test_the_alternatives_of_a_network_are_the_same_characters():
    logits = logits_of("random", 5, (20, 24, 12))
    ours, reference = both(
        lambda: predictions(logits, "abcdefghijk", [Frame(100, 30)] * 20, CTC, alternatives=20)
    )
    for one, other in zip(ours, reference, strict=True):
        assert one.runner_up.text == other.runner_up.text
        assert one.length_variant.text == other.length_variant.text
        assert [[x.text for x in c.alternatives] for c in one.characters] == [
            [x.text for x in c.alternatives] for c in other.characters
        ]


def test_other_threads_run_while_the_core_works(core):
    logits = logits_of("peaked", 0, (1, 200, 3000))
    log_probabilities = best_path.log_softmax(logits)
    texts = best_path.best_paths(log_probabilities)
    took = []

    def work():
        start = time.perf_counter()
        ctc.neighbours(log_probabilities, texts)
        took.append(time.perf_counter() - start)

    thread = threading.Thread(target=work)
    longest, before = 0.0, time.perf_counter()
    thread.start()
    while thread.is_alive():
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    thread.join()
    assert longest < took[0] / 2  # This thread never waited for the whole call.


def test_threads_give_the_serial_answers():
    every = [logits_of(KINDS[k % 3], k, (4, 40, 30)) for k in range(24)]
    characters = "".join(chr(0x4E00 + i) for i in range(29))

    def read(logits):
        return predictions(logits, characters, [Frame(100, 30)] * 4, CTC)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, every)) == [read(logits) for logits in every]
