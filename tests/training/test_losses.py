from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.decoding.lattices import ctc as lattice
from captcha_model.training import losses
from captcha_model.training.callbacks import ACEWeightSchedule
from captcha_model.training.losses import CTCWithACE, aggregation, loss_of, training_loss

LOGITS = np.log(np.array([[[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], [[0.9, 0.05, 0.05]] * 2], np.float32))
TARGETS = np.array([[1, 0], [2, 2]])


def test_each_output_has_its_loss():
    assert isinstance(loss_of(CTC), losses.CTC)
    by_hand = -(np.log(0.5) + np.log(0.7)) / 2
    assert float(loss_of(FIXED)(TARGETS[:1], LOGITS[:1])) == pytest.approx(by_hand, rel=1e-5)


def texts_and_logits() -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray]:
    """Texts of several lengths, with doubles, some of which nine steps can just hold."""
    texts = [(1, 2, 3), (4,), (5, 5, 5, 5, 5), (1, 2, 1, 2, 3), (2, 2, 3, 3)]
    targets = np.array([[*text, *[0] * (5 - len(text))] for text in texts])
    logits = np.random.default_rng(0).normal(0, 4, (len(texts), 9, 6)).astype(np.float32)
    return texts, targets, logits


def test_ctc_is_minus_the_exact_probability():
    texts, targets, logits = texts_and_logits()
    exact = -lattice.log_probability(log_softmax(logits), texts)
    assert np.array(losses.ctc(targets, logits)) == pytest.approx(exact, rel=1e-5)
    assert float(losses.CTC()(targets, logits)) == pytest.approx(exact.mean(), rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("compiled", [False, True])
def test_ctc_and_its_gradients_are_those_of_keras(compiled):
    _, targets, logits = texts_and_logits()

    def gradient(loss, logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            found = tf.reduce_sum(loss(targets, logits) ** 2)
        return tape.gradient(found, logits)

    ours, keras_own = (
        (tf.function(gradient) if compiled else gradient)(loss, tf.constant(logits)).numpy()
        for loss in (losses.ctc, keras.losses.ctc)
    )
    assert np.abs(ours).max() > 1
    assert ours == pytest.approx(keras_own, rel=1e-3, abs=1e-3)


def test_where_there_is_a_gpu_the_loss_is_left_to_keras(monkeypatch):
    _, targets, logits = texts_and_logits()
    monkeypatch.setattr(losses, "device_name", lambda: "NVIDIA H200")
    monkeypatch.setattr(tf.nn, "ctc_loss", None)
    monkeypatch.setattr(
        keras.losses, "ctc", lambda targets, logits: ops.arange(len(targets), dtype="float32")
    )
    assert np.array(losses.ctc(targets, logits)).tolist() == list(range(len(targets)))


def test_an_empty_text_is_a_blank_at_every_step():
    texts, targets, logits = texts_and_logits()
    targets[1] = 0
    exact = -lattice.log_probability(log_softmax(logits), [texts[0], [], *texts[2:]])
    assert exact[1] == pytest.approx(-log_softmax(logits)[1, :, 0].sum())
    assert np.array(losses.ctc(targets, logits)) == pytest.approx(exact, rel=1e-5)


def test_a_text_that_the_steps_cannot_hold_has_no_finite_loss():
    """Which ends a training; a data set with such a label is refused before."""
    assert np.isposinf(losses.ctc(np.array([[1, 1]]), np.zeros((1, 2, 3), np.float32)))


def test_aggregation_by_hand():
    """In the mean over both steps, 1 has 0.3 of the first image and 2 has 0.05 of the second."""
    expected = [-np.log(0.3), -2 * np.log(0.05)]
    assert np.array(aggregation(TARGETS, LOGITS)) == pytest.approx(expected, rel=1e-4)


def test_aggregation_does_not_ask_where_or_in_which_order():
    random = np.random.default_rng(0)
    logits = random.normal(0, 3, (4, 9, 6)).astype(np.float32)
    targets = np.array([[1, 2, 3], [3, 3, 0], [5, 4, 0], [1, 0, 0]])
    found = np.array(aggregation(targets, logits))
    assert np.array(aggregation(targets, logits[:, ::-1])) == pytest.approx(found, rel=1e-5)
    assert np.array(aggregation(targets[:, ::-1], logits)) == pytest.approx(found, rel=1e-5)


def test_the_weight_of_ace_falls_to_zero():
    targets = TARGETS[:1]
    loss = CTCWithACE(2.0)
    plain = float(loss_of(CTC)(targets, LOGITS[:1]))
    extra = float(np.array(aggregation(targets, LOGITS[:1]))[0])
    weights = {}
    for epoch in range(20):
        ACEWeightSchedule(loss, epochs=20).on_epoch_begin(epoch)
        weights[epoch] = (float(loss(targets, LOGITS[:1])) - plain) / extra
    assert weights[0] == pytest.approx(2.0, rel=1e-4)
    assert weights[3] == pytest.approx(2.0, rel=1e-4)
    assert weights[4] == pytest.approx(1.0, rel=1e-4)
    assert all(weight == pytest.approx(0, abs=1e-6) for e, weight in weights.items() if e >= 5)


def test_what_to_train_by():
    assert isinstance(training_loss(CTC, 1.0), CTCWithACE)
    assert isinstance(training_loss(CTC, 0.0), losses.CTC)
    assert isinstance(training_loss(FIXED, 1.0), keras.losses.SparseCategoricalCrossentropy)


@pytest.mark.parametrize(("backend", "compiled"), [("jax", 2), ("tensorflow", 0)])
def test_jax_compiles_the_step_again_where_the_auxiliary_loss_changes(
    monkeypatch, backend, compiled
):
    """Its compiled step holds the weight as a constant."""
    monkeypatch.setattr("keras.backend.backend", lambda: backend)
    loss, calls = CTCWithACE(3.0), []
    schedule = ACEWeightSchedule(loss, 10)
    schedule.set_model(SimpleNamespace(make_train_function=lambda force: calls.append(force)))
    weights = []
    for epoch in range(10):
        schedule.on_epoch_begin(epoch)
        weights.append(float(loss.weight))
    assert weights == pytest.approx([3.0, 3.0, 1.5, *[0.0] * 7])
    assert calls == [True] * compiled
