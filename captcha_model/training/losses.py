"""The loss of each output head, and an extra term that helps CTC in the first epochs."""

from typing import Any

import keras
from keras import ops

from captcha_model._utils.keras_backend import device_name
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.merged_case import MergedCase
from captcha_model.training import case_losses
from captcha_model.vocabulary import BLANK

# As fractions of the training: until when the extra term has its full weight, and when it is 0.
FULL_UNTIL, GONE_AFTER = 0.15, 0.25

_TINY = 1e-7


class CTC(keras.losses.Loss):
    """The CTC loss (Graves et al., 2006): the negative log-probability of a text."""

    def __init__(self) -> None:
        super().__init__(name="ctc")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images.

        Args:
            y_true: ids of shape (N, L), padded with 0.
            y_pred: logits of shape (N, T, C).
        """
        return ctc(y_true, y_pred)


class CTCWithACE(keras.losses.Loss):
    """The CTC loss plus, in the first epochs, an aggregation cross-entropy (Xie et al., 2019).

    With CTC alone a network first learns to output blanks everywhere, and a small one may never
    leave that state, because no step gets a gradient towards a character. The aggregation
    cross-entropy (ACE) is an easier task: it asks which characters are in the text, but not where.
    With m(c) the probability of class c averaged over all steps and n(c) its number of occurrences
    in the text, it is the sum of -n(c) log m(c). Unlike in the paper there is no term for the
    blank, because outputs of only blanks are what it must prevent.

    Args:
        weight: the weight of ACE at the start of the training.
    """

    def __init__(self, weight: float) -> None:
        super().__init__(name="ctc")
        self.full_weight = weight
        self.weight = keras.Variable(weight, trainable=False, dtype="float32", name="ace_weight")

    def set_progress(self, done: float) -> float:
        """Set the weight of ACE for a fraction of the training, from 0 to 1, and return it."""
        left = (GONE_AFTER - done) / (GONE_AFTER - FULL_UNTIL)
        weight = self.full_weight * min(1.0, max(0.0, left))
        self.weight.assign(weight)
        return weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images.

        Args:
            y_true: ids of shape (N, L), padded with 0.
            y_pred: logits of shape (N, T, C).
        """
        return ctc(y_true, y_pred) + self.weight * aggregation(y_true, y_pred)


def ctc(targets: Any, logits: Any) -> Any:
    """Return the negative log-probability of every text: shape (N,).

    On a CPU, TensorFlow has one kernel for this, which takes the targets as a sparse tensor. Keras
    passes a dense one, for which TensorFlow runs many small operations: a training step then takes
    a seventh longer, and validation, which is not compiled, many times as long. A text that needs
    more than T steps has an infinite loss. The kernel rejects empty texts; for them the loss is
    that of a blank at every step.

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
    """
    targets = ops.cast(targets, "int32")
    is_empty = ops.all(ops.equal(targets, BLANK), axis=1)
    # Any class in the place of an empty text, for which no kernel has a defined loss.
    first = ops.where(is_empty, 1, targets[:, 0])
    losses = _ctc_of_texts(ops.concatenate([first[:, None], targets[:, 1:]], axis=1), logits)
    blanks = -ops.sum(ops.log_softmax(logits)[:, :, BLANK], axis=1)
    return ops.where(is_empty, blanks, losses)


def _ctc_of_texts(targets: Any, logits: Any) -> Any:
    if keras.backend.backend() != "tensorflow" or device_name() != "CPU":
        return keras.losses.ctc(targets, logits)
    import tensorflow as tf

    logits = tf.convert_to_tensor(logits)
    count, steps = tf.unstack(tf.shape(logits)[:2])
    return tf.nn.ctc_loss(
        tf.sparse.from_dense(targets),
        logits,
        label_length=None,
        logit_length=tf.fill([count], steps),
        logits_time_major=False,
        blank_index=BLANK,
    )


def aggregation(targets: Any, logits: Any) -> Any:
    """Return the aggregation cross-entropy of every text: shape (N,); see `CTCWithACE`.

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
    """
    mean = ops.mean(ops.softmax(logits), axis=1)
    found = ops.take_along_axis(ops.log(mean + _TINY), ops.cast(targets, "int32"), axis=1)
    return -ops.sum(ops.where(ops.equal(targets, BLANK), 0.0, found), axis=1)


class AnyCaseCTC(keras.losses.Loss):
    """The negative log-probability of a text in any case, for labels that lost it.

    Args:
        cases: the two cases of each class; see `captcha_model.training.case_losses`.
    """

    def __init__(self, cases: case_losses.Cases) -> None:
        super().__init__(name="ctc")
        self._cases = cases

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images; see `CTC`."""
        return case_losses.ctc(y_true, y_pred, self._cases)


class AnyCaseCTCWithACE(CTCWithACE):
    """`CTCWithACE` of a text in any case.

    Args:
        weight: the weight of ACE at the start of the training.
        cases: the two cases of each class; see `captcha_model.training.case_losses`.
    """

    def __init__(self, weight: float, cases: case_losses.Cases) -> None:
        super().__init__(weight)
        self._cases = cases

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images; see `CTCWithACE`."""
        found = case_losses.aggregation(y_true, y_pred, self._cases)
        return case_losses.ctc(y_true, y_pred, self._cases) + self.weight * found


class AnyCaseCrossentropy(keras.losses.Loss):
    """The cross-entropy of a network with fixed positions, for labels that lost their case.

    Args:
        cases: the two cases of each class; see `captcha_model.training.case_losses`.
    """

    def __init__(self, cases: case_losses.Cases) -> None:
        super().__init__(name="crossentropy")
        self._cases = cases

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images and T positions.

        Args:
            y_true: ids of shape (N, T).
            y_pred: logits of shape (N, T, C).
        """
        return case_losses.crossentropy(y_true, y_pred, self._cases)


def loss_of(output: OutputHead) -> keras.losses.Loss:
    """Return the loss of an output head: (targets (N, L), logits (N, T, C)) -> mean.

    All losses take ids padded with 0: the blank of CTC, and the class "no character" of a
    fixed-length head.
    """
    if isinstance(output, MergedCase):
        any_case = AnyCaseCTC if output.name == "ctc" else AnyCaseCrossentropy
        return any_case(output.cases)
    if output.name == "ctc":
        return CTC()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def training_loss(output: OutputHead, ace_weight: float) -> keras.losses.Loss:
    """Return the loss to train with.

    Args:
        output: the output head of the network.
        ace_weight: see `CTCWithACE`; 0 leaves ACE out. Other heads than CTC do not use it.
    """
    if not ace_weight or output.name != "ctc":
        return loss_of(output)
    if isinstance(output, MergedCase):
        return AnyCaseCTCWithACE(ace_weight, output.cases)
    return CTCWithACE(ace_weight)
