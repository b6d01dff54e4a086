import keras
import numpy as np
import pytest

from captcha_model.training.dataset_for_keras import dataset_for_keras


def network(width):
    images = keras.Input((4, width, 1))
    x = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(images))
    built = keras.Model(images, x)
    built.compile(optimizer="sgd", loss=lambda y_true, y_pred: keras.ops.mean(y_pred, axis=-1))
    return built


def batches(*widths):
    for width in widths:
        yield np.zeros((2, 4, width, 1), np.float32), np.zeros((2, 3), np.int32)


@pytest.mark.parametrize("widths", [(8, 8, 16, 8), (8, 16, 24, 8), (8, 8, 8, 8)])
def test_the_first_batches_do_not_decide_the_width_of_the_others(widths):
    built = network(None)
    seen = []

    class Count(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    data = dataset_for_keras(batches(*widths), built)
    # Two epochs share the batches, as in a training.
    built.fit(data, steps_per_epoch=2, epochs=2, callbacks=[Count()], verbose=0)
    assert seen == [0, 1, 0, 1]


def test_batches_of_one_width_are_taken_as_they_are():
    given = batches(8, 8)
    assert dataset_for_keras(given, network(8)) is given
