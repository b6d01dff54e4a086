from contextlib import contextmanager

import keras
import numpy as np
import pytest

from captcha_model.training.dataset_for_keras import dataset_for_keras
from captcha_model.training.devices import ONE_DEVICE


def network(width):
    images = keras.Input((4, width, 1))
    x = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(images))
    built = keras.Model(images, x)
    built.compile(optimizer="sgd", loss=lambda y_true, y_pred: keras.ops.mean(y_pred, axis=-1))
    return built


class Prepared:
    """Batches of some widths."""

    def __init__(self, *widths):
        self.batches = iter(
            [(np.zeros((2, 4, w, 1), np.float32), np.zeros((2, 3), np.int32)) for w in widths]
        )

    @contextmanager
    def ahead(self, epochs):
        yield self.batches


@pytest.mark.parametrize("widths", [(8, 8, 16, 8), (8, 16, 24, 8), (8, 8, 8, 8)])
def test_the_first_batches_do_not_decide_the_width_of_the_others(widths):
    built = network(None)
    seen = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    with dataset_for_keras(Prepared(*widths), range(2), built, ONE_DEVICE) as data:
        # Two epochs share the batches, as in a training.
        built.fit(data, steps_per_epoch=2, epochs=2, callbacks=[Count()], verbose=0)
    assert seen == [0, 1, 0, 1]


@pytest.mark.parametrize("width", [8, None])
def test_the_data_set_does_not_tune_itself(width):
    """Its thread delays the end of a training, and there is nothing to tune."""
    with dataset_for_keras(Prepared(8, 8), range(1), network(width), ONE_DEVICE) as data:
        assert data.options().autotune.enabled is False
        shapes = [images.shape for images, _ in data]
    assert shapes == [(2, 4, 8, 1)] * 2
