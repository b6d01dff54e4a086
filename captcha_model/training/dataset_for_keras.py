"""Batches as `keras.Model.fit` takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from captcha_model.training.batches import Batch, Batches
from captcha_model.training.devices import TrainingDevices


@contextmanager
def dataset_for_keras(
    batches: Batches, epochs: range, network: keras.Model, devices: TrainingDevices
) -> Iterator[Any]:
    """Give what `network.fit` takes for the batches of some epochs.

    Keras takes an iterator. But on TensorFlow it takes a dimension that the first two batches share
    for a size that never changes (`GeneratorDataAdapter`, Keras 3.15), and two batches may be of
    one width by chance; so the shapes are stated there. And on several devices of TensorFlow it
    looks at a batch first and then begins again, so there the data set begins anew each time.

    Its data set would tune itself, too, though there is nothing to tune. The thread that does so
    sometimes misses that the data set is closed and sleeps on, up to as long as the training took
    (`findings/tensorflow_data_tuning_delays_the_end.sh`).

    Args:
        batches: what to train on.
        epochs: which of them.
        network: compiled.
        devices: that share a batch.
    """
    several = len(devices) > 1
    if keras.backend.backend() == "tensorflow" and several:
        yield _stated(lambda: _anew(batches, epochs), network)
        return
    with batches.ahead(epochs) as prepared:
        if keras.backend.backend() != "tensorflow":
            _build_loss(network)
            yield prepared
        else:
            yield _stated(lambda: prepared, network)


def _anew(batches: Batches, epochs: range) -> Iterator[Batch]:
    with batches.ahead(epochs) as prepared:
        yield from prepared


def _stated(batches: Any, network: keras.Model) -> Any:
    """Return a data set of TensorFlow that has the network's shapes, and does not tune itself."""
    import tensorflow as tf

    signature = (
        tf.TensorSpec(network.input_shape, tf.float32),
        tf.TensorSpec((None, None), tf.int32),
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    found = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return found.prefetch(1).with_options(options)


def _build_loss(network: keras.Model) -> None:
    """Build the loss, for which Keras on JAX and PyTorch would take batches and lose them."""
    steps, classes = network.compute_output_shape((1, *network.input_shape[1:]))[1:]
    steps = steps or 1
    targets, logits = np.zeros((1, steps), np.int32), np.zeros((1, steps, classes), np.float32)
    network.compute_loss(y=targets, y_pred=logits)
