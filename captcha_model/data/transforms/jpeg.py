"""JPEG artefacts of training images."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from captcha_model._utils.keras_backend import load_keras
from captcha_model.data.transforms.random_changes import Images
from captcha_model.errors import DependencyError
from captcha_model.images.arrays import to_image, to_pixels
from captcha_model.images.preprocessing import to_batch

JPEG_QUALITIES = (30, 50, 70, 90)


def compressor() -> Callable[[Images, int], Images]:
    """Return what compresses images (N, H, W, 1 or 3) as JPEG of one of `JPEG_QUALITIES`.

    It is keras-cv's layer where the backend of Keras is TensorFlow, which that layer needs, and
    Pillow elsewhere.

    Raises:
        DependencyError: the backend is TensorFlow and keras-cv is not installed.
    """
    if load_keras().backend.backend() != "tensorflow":
        return with_pillow
    _layer(JPEG_QUALITIES[0], 1)
    return with_keras_cv


def with_keras_cv(images: Images, quality: int) -> Images:
    """Compress images by the layer of keras-cv."""
    compressed: Images = _layer(quality, images.shape[3])(images).numpy()
    return compressed


def with_pillow(images: Images, quality: int) -> Images:
    """Compress images by Pillow."""
    return np.stack([_with_pillow(image, quality) for image in images])


def _with_pillow(image: Images, quality: int) -> Images:
    file = io.BytesIO()
    to_image(np.rint(image * 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return to_batch(to_pixels(Image.open(file)))


@cache
def _layer(quality: int, channels: int) -> Any:
    """Return the layer of a quality, traced once per process; eagerly it takes 20 times as long.

    It has a fixed quality, because keras-cv draws random ones inside a parallel loop, in an order
    that does not depend on the seed.
    """
    try:
        import keras_cv
    except ImportError as error:
        raise DependencyError.missing("keras-cv", "train", "JPEG augmentation") from error
    import tensorflow as tf

    layer = keras_cv.layers.RandomJpegQuality((quality, quality))
    layer.auto_vectorize = False  # TensorFlow cannot vectorize JPEG and would log warnings.
    signature = [tf.TensorSpec((None, None, None, channels), tf.float32)]
    return tf.function(lambda images: layer(images, training=True), input_signature=signature)
