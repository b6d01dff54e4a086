"""Batches as `keras.Model.fit` takes them, where their images have several widths."""

from collections.abc import Iterator
from typing import Any

import keras

from captcha_model.training.batches import Batch


def dataset_for_keras(batches: Iterator[Batch], network: keras.Model) -> Any:
    """Return what `network.fit` takes for these batches.

    On TensorFlow, Keras takes a dimension that the first two batches of an iterator share for one
    that never changes (`GeneratorDataAdapter`, Keras 3.15), and two batches may be of one width by
    chance. So the shapes are stated there.
    """
    if None not in network.input_shape[1:] or keras.backend.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    signature = (
        tf.TensorSpec(network.input_shape, tf.float32),
        tf.TensorSpec((None, None), tf.int32),
    )
    return tf.data.Dataset.from_generator(lambda: batches, output_signature=signature).prefetch(1)
