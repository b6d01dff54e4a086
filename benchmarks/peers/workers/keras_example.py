"""Shared by training and reading with the Keras example "OCR model for reading captchas".

The example (A. K. Nain, 2020; for Keras 3, 2024) trains with the blank as the last class and
decodes with the first one as the blank. Here it is the last one for both.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

WIDTH, HEIGHT = 200, 50


def image(path: tf.Tensor) -> tf.Tensor:
    """Return a PNG as (W, H, 1) from 0 to 1: columns become time steps."""
    pixels = tf.io.decode_png(tf.io.read_file(path), channels=1)
    pixels = tf.image.convert_image_dtype(pixels, tf.float32)
    return tf.transpose(tf.image.resize(pixels, [HEIGHT, WIDTH]), [1, 0, 2])


def batches(paths: Sequence[str], size: int) -> tf.data.Dataset:
    """Return images in batches, decoded while the network runs, as in the example."""
    dataset = tf.data.Dataset.from_tensor_slices(list(paths))
    dataset = dataset.map(image, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.batch(size).prefetch(tf.data.AUTOTUNE)


def texts(probabilities: tf.Tensor, characters: str) -> list[str]:
    """Decode greedily.

    Args:
        probabilities: shape (N, T, len(characters) + 2): class 0 is the example's unknown
            character, the last one the blank.
        characters: of the classes from 1.
    """
    count, steps, classes = probabilities.shape
    decoded, _ = keras.ops.ctc_decode(
        probabilities, [steps] * count, strategy="greedy", mask_index=classes - 1
    )
    rows = keras.ops.convert_to_numpy(decoded[0]).tolist()
    return ["".join(characters[i - 1] for i in row if i > 0) for row in rows]
