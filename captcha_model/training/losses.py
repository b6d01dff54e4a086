"""The loss of a kind of output, and what helps CTC over its beginning."""

from typing import Any

import keras
from keras import ops

from captcha_model._utils.keras_backend import device_name
from captcha_model.decoding.heads import OutputHead
from captcha_model.vocabulary import BLANK

# The share of the training after which the aid begins to fall, and the one where it has gone.
FULL_UNTIL, GONE_AFTER = 0.15, 0.25

_TINY = 1e-7


class CTC(keras.losses.Loss):
    """The CTC loss (Graves et al., 2006): minus the logarithm of a text's probability."""

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
    """The CTC loss plus, at first, an aggregation cross-entropy (Xie et al., 2019).

    CTC alone first finds that blanks everywhere cost least, and a small network may stay there for
    good: with hardly a character emitted, no place of an image is told what stands in it. The aid
    asks less: which characters are in the text, wherever they stand. With m(c) for the probability
    of class c in the mean over all steps and n(c) for how often it is in the text, it is the sum of
    -n(c) log m(c). Other than in that paper the blank has no share of its own, because that is
    what must be given up.

    Args:
        weight: of the aid at first.
    """

    def __init__(self, weight: float) -> None:
        super().__init__(name="ctc")
        self.full_weight = weight
        self.weight = keras.Variable(weight, trainable=False, dtype="float32", name="ace_weight")

    def begin(self, done: float) -> None:
        """Take the weight that the aid has when a share of the training is done."""
        left = (GONE_AFTER - done) / (GONE_AFTER - FULL_UNTIL)
        self.weight.assign(self.full_weight * min(1.0, max(0.0, left)))

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the losses of N images.

        Args:
            y_true: ids of shape (N, L), padded with 0.
            y_pred: logits of shape (N, T, C).
        """
        return ctc(y_true, y_pred) + self.weight * aggregation(y_true, y_pred)


def ctc(targets: Any, logits: Any) -> Any:
    """Return minus the logarithm of every text's probability: shape (N,).

    TensorFlow has a kernel for this that runs on a processor and takes the texts as a sparse
    tensor. Keras gives them as a dense one, for which TensorFlow strings small operations together:
    a step of training then takes a seventh longer, and validation, where they run one by one, many
    times as long (`benchmarks/NOTES.md`). The kernel refuses an empty
    text, as data sets do; one that T steps cannot hold has an infinite loss.

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
    """
    if keras.backend.backend() != "tensorflow" or device_name() != "CPU":
        return keras.losses.ctc(targets, logits)
    import tensorflow as tf

    logits = tf.convert_to_tensor(logits)
    count, steps = tf.unstack(tf.shape(logits)[:2])
    return tf.nn.ctc_loss(
        tf.sparse.from_dense(tf.cast(targets, tf.int32)),
        logits,
        label_length=None,
        logit_length=tf.fill([count], steps),
        logits_time_major=False,
        blank_index=BLANK,
    )


def aggregation(targets: Any, logits: Any) -> Any:
    """Return how little the characters of texts are among those of all steps: shape (N,).

    Args:
        targets: ids of shape (N, L), padded with 0.
        logits: shape (N, T, C); class 0 is the blank.
    """
    mean = ops.mean(ops.softmax(logits), axis=1)
    found = ops.take_along_axis(ops.log(mean + _TINY), ops.cast(targets, "int32"), axis=1)
    return -ops.sum(ops.where(ops.equal(targets, BLANK), 0.0, found), axis=1)


class Aid(keras.callbacks.Callback):
    """Gives the aid of a loss its weight for every epoch, which nothing but the epoch decides.

    Args:
        loss: which one.
        epochs: of the whole training.
    """

    def __init__(self, loss: CTCWithACE, epochs: int) -> None:
        super().__init__()
        self._loss = loss
        self._epochs = epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Set the weight."""
        self._loss.begin(epoch / self._epochs)


def loss_of(output: OutputHead) -> keras.losses.Loss:
    """Return the loss of a kind of output: (targets (N, L), logits (N, T, C)) -> mean.

    Both take ids padded with 0, which is the blank of the one and a class of the other.
    """
    if output.name == "ctc":
        return CTC()
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def training_loss(output: OutputHead, ace_weight: float) -> keras.losses.Loss:
    """Return the loss to train by.

    Args:
        output: what a network's steps mean.
        ace_weight: see `CTCWithACE`; 0 is none. Other outputs need none.
    """
    return CTCWithACE(ace_weight) if ace_weight and output.name == "ctc" else loss_of(output)
