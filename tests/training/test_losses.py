import keras
import numpy as np
import pytest

from captcha_model.outputs import CTC, FIXED
from captcha_model.training.losses import Aid, AidedCTC, aggregation, loss_of, training_loss

LOGITS = np.log(np.array([[[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], [[0.9, 0.05, 0.05]] * 2], np.float32))
TARGETS = np.array([[1, 0], [2, 2]])


def test_each_output_has_its_loss():
    assert isinstance(loss_of(CTC), keras.losses.CTC)
    by_hand = -(np.log(0.5) + np.log(0.7)) / 2
    assert float(loss_of(FIXED)(TARGETS[:1], LOGITS[:1])) == pytest.approx(by_hand, rel=1e-5)


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


def test_the_aid_comes_beside_ctc_and_goes():
    targets = TARGETS[:1]
    loss = AidedCTC(2.0)
    plain = float(loss_of(CTC)(targets, LOGITS[:1]))
    extra = float(np.array(aggregation(targets, LOGITS[:1]))[0])
    weights = {}
    for epoch in range(20):
        Aid(loss, epochs=20).on_epoch_begin(epoch)
        weights[epoch] = (float(loss(targets, LOGITS[:1])) - plain) / extra
    assert weights[0] == pytest.approx(2.0, rel=1e-4)
    assert weights[3] == pytest.approx(2.0, rel=1e-4)
    assert weights[4] == pytest.approx(1.0, rel=1e-4)
    assert all(weight == pytest.approx(0, abs=1e-6) for e, weight in weights.items() if e >= 5)


def test_what_to_train_by():
    assert isinstance(training_loss(CTC, 1.0), AidedCTC)
    assert isinstance(training_loss(CTC, 0.0), keras.losses.CTC)
    assert isinstance(training_loss(FIXED, 1.0), keras.losses.SparseCategoricalCrossentropy)
