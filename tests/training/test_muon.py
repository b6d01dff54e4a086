import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy

from captcha_model.training.muon import ConvolutionalMuon, muon

RATE = 0.01


def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    image = keras.Input((6, 6, 2))
    x = keras.layers.Conv2D(5, 3, name="convolution")(image)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(4, name="dense")(x)
    return keras.Model(image, keras.layers.Dense(3, name="logits")(x))


@pytest.fixture(scope="module")
def changes() -> dict[str, np.ndarray]:
    """What the first step subtracts from every weight, without weight decay."""
    model = network()
    before = {weight.path: to_numpy(weight) for weight in model.weights}
    model.compile(optimizer=muon(RATE, None, None), loss="mse")
    random = np.random.default_rng(1)
    model.train_on_batch(random.normal(size=(8, 6, 6, 2)), random.normal(size=(8, 3)))
    return {weight.path: before[weight.path] - to_numpy(weight) for weight in model.weights}


@pytest.mark.parametrize("name", ["convolution/kernel", "dense/kernel"])
def test_kernels_change_by_matrices_with_singular_values_that_are_alike(changes, name):
    change = changes[name].reshape(-1, changes[name].shape[-1])
    values = np.linalg.svd(change, compute_uv=False)
    # The iteration stops where they are between 0.7 and 1.2. The length of a step is that of
    # Moonlight (2025): 0.2 times the root of the longer side.
    unit = RATE * 0.2 * max(change.shape) ** 0.5
    # A gradient of rank 3 (the outputs) has no more directions.
    assert (values[:3] > 0.6 * unit).all()
    assert (values < 1.3 * unit).all()


@pytest.mark.parametrize("name", ["logits/kernel", "logits/bias", "convolution/bias"])
def test_other_weights_change_as_by_adam(changes, name):
    changed = np.abs(changes[name])
    assert changed.max() == pytest.approx(RATE, rel=1e-3)  # Adam's first step is the rate.


def test_a_kernel_is_taken_as_the_matrix_of_what_it_sees_and_gives():
    plain, ours = keras.optimizers.Muon(RATE), ConvolutionalMuon(RATE)
    kernel = np.random.default_rng(0).normal(size=(3, 3, 4, 6)).astype(np.float32)
    gradient = np.random.default_rng(1).normal(size=kernel.shape).astype(np.float32)
    matrix = keras.Variable(kernel.reshape(-1, 6), name="kernel")
    tensor = keras.Variable(kernel, name="kernel")
    for step in range(2):
        plain.apply([gradient.reshape(-1, 6) / (step + 1)], [matrix])
        ours.apply([gradient / (step + 1)], [tensor])
    np.testing.assert_allclose(
        to_numpy(tensor).reshape(-1, 6),
        to_numpy(matrix),
        atol=1e-6,
    )


def test_it_can_be_saved():
    saved = keras.saving.serialize_keras_object(muon(RATE, 0.5, 2.0))
    again = keras.saving.deserialize_keras_object(saved)
    assert isinstance(again, ConvolutionalMuon)
    assert (again.weight_decay, again.adam_weight_decay, again.clipnorm) == (0.5, 0.5, 2.0)
