import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.transforms.random_layers import (
    RandomBlur,
    RandomCutout,
    RandomLayer,
    RandomMorphology,
    RandomNoise,
    RandomStrikeLines,
)

LAYERS = {
    "strike": lambda rate: RandomStrikeLines(24, 60, rate, bank=8),
    "morphology": RandomMorphology,
    "noise": RandomNoise,
    "blur": RandomBlur,
    "cutout": RandomCutout,
}
KEEPING_THE_RANGE = ("strike", "morphology", "blur", "cutout")


def images_of(count: int, height: int = 24, width: int = 60, channels: int = 1) -> np.ndarray:
    random = np.random.default_rng(count)
    return random.uniform(0, 1, (count, height, width, channels)).astype(np.float32)


def changed(layer: RandomLayer, images: np.ndarray, training: bool = True) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(images, training=training))


def seeded(layer: RandomLayer, seed: int) -> RandomLayer:
    layer.generator.state.assign(np.array([seed, 7], np.uint32))
    return layer


@pytest.fixture(params=LAYERS)
def make(request):
    return LAYERS[request.param]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_rate_of_0_changes_no_image_and_of_1_all(make, channels):
    images = images_of(6, channels=channels)
    assert (changed(make(0.0), images) == images).all()
    every = changed(make(1.0), images)
    assert (every.shape, every.dtype) == (images.shape, np.float32)
    assert (every != images).any(axis=(1, 2, 3)).all()


def test_nothing_changes_outside_of_training(make):
    images = images_of(4)
    assert (changed(make(1.0), images, training=False) == images).all()


def test_the_rate_is_the_fraction_of_images_that_change(make):
    images = images_of(400, 8, 16)
    layer = RandomStrikeLines(8, 16, 0.3, bank=8) if make is LAYERS["strike"] else make(0.3)
    hit = (changed(layer, images) != images).any(axis=(1, 2, 3)).mean()
    assert hit == pytest.approx(0.3, abs=0.1)


def test_the_result_depends_on_the_seed_only(make):
    images = images_of(8)
    one = changed(seeded(make(0.5), 3), images)
    layer = seeded(make(0.5), 3)
    assert (changed(layer, images) == one).all()
    assert (changed(layer, images) != one).any()
    assert (changed(seeded(layer, 3), images) == one).all()
    assert (changed(seeded(make(0.5), 4), images) != one).any()


@pytest.mark.parametrize("name", KEEPING_THE_RANGE)
def test_images_stay_within_their_range(name):
    images = images_of(40, channels=3)
    images[:20] = images[:20].round()
    every = changed(LAYERS[name](1.0), images)
    assert every.min() >= 0
    assert every.max() <= 1 + 1e-6


def test_images_of_any_size_keep_their_shape(make):
    layer = make(1.0)
    assert layer.compute_output_shape((None, 8, 9, 3)) == (None, 8, 9, 3)
    if not isinstance(layer, RandomStrikeLines):
        for shape in ((1, 8, 8, 1), (2, 9, 70, 3), (3, 50, 13, 1)):
            assert changed(layer, images_of(*shape)).shape == shape


@pytest.mark.slow
def test_a_graph_with_a_dynamic_batch_size(make):
    import tensorflow as tf

    layer = make(1.0)
    spec = tf.TensorSpec((None, 24, 60, 1), tf.float32)
    traced = tf.function(lambda images: layer(images, training=True), input_signature=[spec])
    for count in (1, 5):
        assert traced(images_of(count)).shape == (count, 24, 60, 1)


@pytest.mark.slow
def test_strike_lines_are_dark_and_on_a_fraction_of_the_images():
    layer = RandomStrikeLines(50, 200, rate=0.5)
    white = np.ones((400, 50, 200, 1), np.float32)
    struck = changed(layer, white)
    hit = (struck.min(axis=(1, 2, 3)) < 0.2).mean()
    assert hit == pytest.approx(0.5, abs=0.1)
    assert 0.9 < struck.mean() < 0.995


def test_strike_lines_on_other_sizes_and_colours():
    layer = RandomStrikeLines(32, 100, rate=1.0, bank=4)
    colour = np.ones((2, 32, 100, 3), np.float32)
    struck = changed(layer, colour)
    assert struck.shape == colour.shape
    assert (struck == struck[..., :1]).all()


def test_strokes_become_thinner_or_thicker():
    images = np.ones((400, 8, 8, 1), np.float32)
    images[:, 3:6, 3:6] = 0
    ink = (1 - changed(RandomMorphology(0.5), images)).sum(axis=(1, 2, 3))
    assert set(ink.tolist()) == {4.0, 9.0, 16.0}
    assert (ink == 4).mean() == pytest.approx(0.25, abs=0.08)
    assert (ink == 16).mean() == pytest.approx(0.25, abs=0.08)


def test_noise_has_no_bias_and_a_deviation_per_image():
    grey = np.full((200, 24, 60, 1), 0.5, np.float32)
    noise = changed(RandomNoise(1.0), grey) - grey
    deviations = noise.std(axis=(1, 2, 3))
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.mean(axis=(1, 2, 3)) / deviations == pytest.approx(np.zeros(200), abs=0.15)
    assert deviations.max() < 1.1 * RandomNoise.MAX_DEVIATION
    assert np.quantile(deviations, (0.1, 0.9)) == pytest.approx(
        [0.1 * RandomNoise.MAX_DEVIATION, 0.9 * RandomNoise.MAX_DEVIATION], abs=0.07
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.floats(0, 1, width=32), st.integers(0, 1000), st.sampled_from([1, 3]))
def test_blur_keeps_an_image_of_one_colour(level, seed, channels):
    plain = np.full((2, 16, 20, channels), level, np.float32)
    assert changed(seeded(RandomBlur(1.0), seed), plain) == pytest.approx(plain, abs=1e-5)


@pytest.mark.slow
def test_blur_is_a_gaussian_in_both_directions_and_for_every_channel():
    dot = np.zeros((1, 51, 81, 3), np.float32)
    dot[0, 25, 40] = (1, 0.5, 0)
    offsets = {1: np.arange(51) - 25, 2: np.arange(81) - 40}
    widths = []
    for seed in range(20):
        blurred = changed(seeded(RandomBlur(1.0), seed), dot)
        assert blurred.sum(axis=(0, 1, 2)) == pytest.approx([1, 0.5, 0], abs=1e-5)
        rows, columns = blurred[0, ..., 0].sum(axis=1), blurred[0, ..., 0].sum(axis=0)
        # A separable kernel is the product of its two profiles.
        assert blurred[0, ..., 0] == pytest.approx(np.outer(rows, columns), abs=1e-6)
        spreads = [float((p * offsets[a] ** 2).sum()) ** 0.5 for a, p in ((1, rows), (2, columns))]
        assert spreads[0] == pytest.approx(spreads[1], abs=1e-3)
        widths.append(spreads[0])
    # A Gaussian cut off at two standard deviations is a little narrower.
    assert max(widths) <= RandomBlur.MAX_DEVIATION * 51
    assert max(widths) > 3 * min(widths)


def test_blurred_edges_are_extended():
    halves = np.zeros((1, 40, 60, 1), np.float32)
    halves[:, :, 30:] = 1
    for seed in range(5):
        blurred = changed(seeded(RandomBlur(1.0), seed), halves)[0, ..., 0]
        assert blurred[:, :20] == pytest.approx(np.zeros((40, 20)), abs=1e-6)
        assert blurred[:, -20:] == pytest.approx(np.ones((40, 20)), abs=1e-5)
        assert np.ptp(blurred, axis=0).max() < 1e-5


@pytest.mark.parametrize(("height", "width"), [(50, 200), (20, 24)])
def test_boxes_are_no_larger_than_a_character(height, width):
    white = np.ones((300, height, width, 1), np.float32)
    white[:, ::2, ::2] = 0.9
    boxed = changed(RandomCutout(1.0), white)
    longest = int(RandomCutout.MAX_SIDE * height) + 1
    areas = (boxed != white).sum(axis=(1, 2, 3))
    assert areas.max() <= 2 * longest**2
    assert areas.mean() > (0.1 * height) ** 2
    # Anywhere in the image, up to its edges.
    hit = (boxed != white).any(axis=(0, 3))
    assert hit.mean() > 0.95


@pytest.mark.parametrize("ink", [0.1, 0.9])
def test_the_colours_of_boxes(ink):
    images = np.full((900, 20, 40, 1), 0.5, np.float32)
    images[:, :, 30:] = ink
    layer = RandomCutout(1.0)
    extreme = np.full((900, 1, 1, 1), ink, np.float32)
    boxed = keras.ops.convert_to_numpy(layer._with_box(images, extreme))
    kinds = {"paper": 0, "ink": 0, "grey": 0}
    for image, original in zip(boxed, images, strict=True):
        colours = np.unique(image[image != original])
        # A box in the colour that it covers is invisible.
        if len(colours):
            (colour,) = colours
            kinds["paper" if colour == 0.5 else "ink" if colour == np.float32(ink) else "grey"] += 1
    assert kinds["grey"] == pytest.approx(300, abs=60)
    # A quarter of the pixels is ink, so 75 of the 300 boxes with the colour of a pixel are ink.
    # Most boxes in the ink colour are on paper; only some in the paper colour overlap the ink.
    assert 250 < kinds["ink"] < 375
    assert 40 < kinds["paper"] < 130


def test_the_ink_colour_on_light_and_on_dark_paper():
    images = np.full((2, 20, 40, 3), 0.8, np.float32)
    images[0, 5, 7] = (0.1, 0.2, 0.3)
    images[1] = 0.2
    images[1, 5, 7] = (0.9, 0.8, 0.7)
    found = []
    layer = RandomCutout(1.0)
    layer._with_box = lambda images, ink: found.append(keras.ops.convert_to_numpy(ink)) or images
    layer(images, training=True)
    assert len(found) == 2
    np.testing.assert_allclose(found[0].reshape(2, 3), [(0.1, 0.2, 0.3), (0.9, 0.8, 0.7)])
