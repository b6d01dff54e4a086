import keras
import numpy as np
import pytest
from keras import ops

from captcha_model.decoding.best_path import log_softmax
from captcha_model.decoding.heads import CTC, FIXED
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.training import case_losses, losses
from captcha_model.training.losses import aggregation, loss_of, training_loss

CHARACTERS = "aAbB2"
LOGITS = np.random.default_rng(0).normal(0, 2, (6, 7, 6)).astype(np.float32)
TARGETS = np.array([[1, 1, 3], [2, 5, 0], [1, 2, 2], [4, 0, 0], [0, 0, 0], [5, 5, 5]], np.int32)
TEXTS = [tuple(row[row > 0].tolist()) for row in TARGETS]


def head_of(output):
    return head_in_case(output, CHARACTERS, "lower")


def test_ctc_is_minus_the_log_probability_in_any_case():
    head = head_of(CTC)
    found = ops.convert_to_numpy(case_losses.ctc(TARGETS, LOGITS, head.cases))
    assert found == pytest.approx(-head.log_probability(log_softmax(LOGITS), TEXTS), rel=1e-4)
    loss = loss_of(head)
    assert isinstance(loss, losses.AnyCaseCTC)
    assert float(loss(TARGETS, LOGITS)) == pytest.approx(found.mean(), rel=1e-5)


def test_the_case_of_a_label_does_not_matter():
    cases = head_of(CTC).cases
    lower = np.array([0, 1, 1, 3, 3, 5])[TARGETS]
    for function in (case_losses.ctc, case_losses.aggregation):
        one, other = (ops.convert_to_numpy(function(t, LOGITS, cases)) for t in (TARGETS, lower))
        assert one == pytest.approx(other)


def test_without_letters_it_is_the_plain_loss():
    cases = np.stack([np.arange(6), np.zeros(6, np.intp)], axis=1)
    for merged, plain in (
        (case_losses.ctc, losses.ctc),
        (case_losses.aggregation, aggregation),
    ):
        ours, theirs = merged(TARGETS, LOGITS, cases), plain(TARGETS, LOGITS)
        assert ops.convert_to_numpy(ours) == pytest.approx(ops.convert_to_numpy(theirs), rel=1e-4)


def test_fixed_positions():
    head = head_of(FIXED)
    targets = np.array([[1, 2, 0], [4, 5, 3]], np.int32)
    logits = LOGITS[:2, :3]
    p = np.exp(log_softmax(logits))
    sums = [
        [p[0, 0, 1:3].sum(), p[0, 1, 1:3].sum(), p[0, 2, 0]],
        [p[1, 0, 3:5].sum(), p[1, 1, 5], p[1, 2, 3:5].sum()],
    ]
    found = ops.convert_to_numpy(case_losses.crossentropy(targets, logits, head.cases))
    assert found == pytest.approx(-np.log(sums), rel=1e-4)
    assert isinstance(loss_of(head), losses.AnyCaseCrossentropy)
    assert float(loss_of(head)(targets, logits)) == pytest.approx(found.mean(), rel=1e-5)


def test_the_training_loss_has_the_aggregation_of_both_cases():
    head = head_of(CTC)
    loss = training_loss(head, 2.0)
    assert isinstance(loss, losses.CTCWithACE)
    without, with_it = loss_of(head)(TARGETS, LOGITS), loss(TARGETS, LOGITS)
    mean = np.exp(log_softmax(LOGITS)).mean(axis=1)
    letters = {1: [1, 2], 2: [1, 2], 3: [3, 4], 4: [3, 4], 5: [5]}
    expected = [
        -sum(np.log(row[letters[i]].sum()) for i in text)
        for row, text in zip(mean, TEXTS, strict=True)
    ]
    assert float(with_it - without) == pytest.approx(2 * np.mean(expected), rel=1e-3)
    loss.set_progress(1.0)
    assert float(loss(TARGETS, LOGITS)) == pytest.approx(float(without), rel=1e-5)
    assert isinstance(training_loss(head, 0.0), losses.AnyCaseCTC)
    assert isinstance(training_loss(head_of(FIXED), 1.0), losses.AnyCaseCrossentropy)


def test_a_network_learns_the_text_but_keeps_its_own_case():
    """A capital letter that the label has in lower case pulls neither case down."""
    logits = keras.Variable(np.log(np.array([[[0.3, 0.1, 0.4, 0.1, 0.1]]], np.float32)))
    head = head_in_case(CTC, "aAbB", "ignore")
    model = keras.Sequential([keras.layers.Dense(5, use_bias=False, kernel_initializer="zeros")])
    model.build((None, 1, 1))
    model.set_weights([ops.convert_to_numpy(logits)[0]])
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss_of(head))
    image = np.ones((1, 1, 1), np.float32)
    for _ in range(30):
        model.train_on_batch(image, np.array([[1]]))
    p = np.exp(log_softmax(model.predict(image, verbose=0)))[0, 0]
    assert p[1] + p[2] > 0.9
    assert p[2] > p[1]  # "A", as the network saw it.
    # The gradient of -log(p(a) + p(A)), step by step: each case is pulled up by its share.
    z = np.log(np.array([0.3, 0.1, 0.4, 0.1, 0.1]))
    for _ in range(30):
        q = np.exp(z) / np.exp(z).sum()
        share = np.array([0, q[1], q[2], 0, 0]) / (q[1] + q[2])
        assert share[1] > q[1]
        z += 0.5 * (share - q)
    np.testing.assert_allclose(p, np.exp(z) / np.exp(z).sum(), atol=1e-3)
