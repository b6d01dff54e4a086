import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model.data.samples import LabelledImages
from captcha_model.data.transforms.degradation import (
    DEGRADATIONS,
    LEVELS,
    Degradation,
    degrade,
    degraded_copies,
)
from captcha_model.errors import DataError

BY_NAME = {d.name: d for d in DEGRADATIONS}


def images_of(*pixels: np.ndarray) -> LabelledImages:
    names = tuple(f"{i}.png" for i in range(len(pixels)))
    return LabelledImages(np.stack(pixels).astype(np.uint8), names, names)


@pytest.fixture(scope="module", params=DEGRADATIONS, ids=lambda d: d.name)
def degradation(request) -> Degradation:
    return request.param


def test_the_table_is_five_kinds_in_three_strengths():
    kinds = ("blur", "noise", "jpeg", "occlusion", "rotation")
    assert [(d.kind, d.level) for d in DEGRADATIONS] == list(itertools.product(kinds, LEVELS))
    assert len(BY_NAME) == 15
    assert BY_NAME["rotation-strong"] == Degradation("rotation", "strong", 10.0)


def test_every_image_changes_and_keeps_its_shape(degradation, synthetic):
    changed = degrade(synthetic, degradation)
    assert (changed.pixels.shape, changed.pixels.dtype) == (synthetic.pixels.shape, np.uint8)
    assert (changed.labels, changed.names) == (synthetic.labels, synthetic.names)
    assert (changed.pixels != synthetic.pixels).any(axis=(1, 2, 3)).all()


def test_the_input_is_not_modified(degradation, synthetic):
    before = synthetic.pixels.copy()
    degrade(synthetic, degradation)
    assert (synthetic.pixels == before).all()


def test_a_subset_is_degraded_like_the_whole_set(degradation, synthetic):
    whole = degrade(synthetic, degradation, seed=3)
    subset = degrade(synthetic.select([9, 2]), degradation, seed=3)
    assert (subset.pixels == whole.pixels[[9, 2]]).all()


@pytest.mark.slow
def test_random_degradations_depend_on_the_seed_and_the_name(synthetic):
    renamed = dataclasses.replace(synthetic, names=tuple(f"x{name}" for name in synthetic.names))
    for name, degradation in BY_NAME.items():
        first = degrade(synthetic, degradation).pixels
        is_random = degradation.kind not in ("blur", "jpeg")
        assert (degrade(synthetic, degradation, seed=1).pixels != first).any() == is_random, name
        assert (degrade(renamed, degradation).pixels != first).any() == is_random, name


@pytest.mark.parametrize("kind", ["blur", "noise", "jpeg", "occlusion", "rotation"])
def test_a_stronger_degradation_changes_more(kind, synthetic):
    changes = [
        np.abs(
            degrade(synthetic, BY_NAME[f"{kind}-{level}"]).pixels - synthetic.pixels.astype(float)
        )
        for level in LEVELS
    ]
    means = [change.mean() for change in changes]
    assert means[0] < means[1] < means[2]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(DEGRADATIONS),
    st.integers(8, 70),
    st.integers(8, 90),
    st.sampled_from((1, 3)),
    st.integers(0, 2**70),
)
def test_any_size_and_colour(degradation, height, width, channels, seed):
    random = np.random.default_rng(seed)
    images = images_of(*random.integers(0, 256, (2, height, width, channels)))
    changed = degrade(images, degradation, seed)
    assert (changed.pixels.shape, changed.pixels.dtype) == (images.pixels.shape, np.uint8)


@pytest.mark.parametrize("kind", ["blur", "jpeg", "occlusion", "rotation"])
def test_an_image_of_one_colour_keeps_it(kind):
    grey = images_of(np.full((32, 64, 1), 117), np.full((32, 64, 1), 30))
    for level in LEVELS:
        changed = degrade(grey, BY_NAME[f"{kind}-{level}"]).pixels.astype(int)
        # JPEG's coarsest steps of brightness are 32 levels apart.
        assert np.abs(changed - grey.pixels).max() <= (16 if kind == "jpeg" else 0)


def test_copies_of_no_images_are_empty(synthetic):
    assert [len(copy) for _, copy in degraded_copies(synthetic.select([]))] == [0] * 15


def test_copies_come_in_the_order_of_the_table(synthetic):
    few = synthetic.select([0, 1])
    copies = list(degraded_copies(few, seed=4))
    assert tuple(d for d, _ in copies) == DEGRADATIONS
    for degradation, copy in copies:
        assert (copy.pixels == degrade(few, degradation, 4).pixels).all()


def test_blur_is_a_fraction_of_the_height():
    spreads = []
    for height in (40, 80):
        dot = np.zeros((height, 120, 1))
        dot[height // 2 - 3 : height // 2 + 4, 57:64] = 255
        blurred = degrade(images_of(dot), BY_NAME["blur-strong"]).pixels[0, ..., 0].astype(float)
        columns = blurred.sum(axis=0) / blurred.sum()
        variance = (columns * (np.arange(120) - 60) ** 2).sum()
        spreads.append(np.sqrt(variance - 4))  # A box of 7 has a variance of 4.
    assert spreads == pytest.approx([2, 4], rel=0.1)


def test_noise_has_its_standard_deviation_and_no_bias():
    grey = images_of(np.full((100, 200, 1), 128))
    difference = degrade(grey, BY_NAME["noise-mild"]).pixels - grey.pixels.astype(float)
    assert difference.std() == pytest.approx(25, rel=0.03)
    assert difference.mean() == pytest.approx(0, abs=0.6)


def test_boxes_have_the_background_and_the_text_colour():
    paper = np.full((50, 200, 3), (230, 220, 200))
    paper[:, ::10] = (10, 20, 90)
    changed = degrade(images_of(paper), BY_NAME["occlusion-strong"]).pixels[0]
    colours = {tuple(c) for c in changed.reshape(-1, 3).tolist()}
    assert colours == {(230, 220, 200), (10, 20, 90)}
    hidden = (changed != paper).any(axis=2)
    assert 0.3 * 15 * 7 < hidden.sum() <= 2 * 15 * 15


def test_a_rotated_image_has_extended_edges_and_the_same_centre():
    random = np.random.default_rng(0)
    light = random.integers(200, 256, (50, 200, 1))
    light[20:30, 95:105] = 0
    for level in LEVELS:
        rotated = degrade(images_of(light), BY_NAME[f"rotation-{level}"]).pixels[0, ..., 0]
        assert rotated[:10].min() >= 200
        assert rotated[-10:].min() >= 200
        assert rotated[24:27, 99:102].max() < 20


def test_both_directions_of_rotation_occur(synthetic):
    line = np.full((50, 200, 1), 255)
    line[25] = 0
    rotated = degrade(images_of(*[line] * 20), BY_NAME["rotation-strong"]).pixels
    falls = {bool(image[:25, :50].mean() < image[25:, :50].mean()) for image in rotated}
    assert falls == {True, False}


def test_an_unknown_kind():
    with pytest.raises(DataError, match="rain"):
        degrade(images_of(np.zeros((8, 8, 1))), Degradation("rain", "mild", 1.0))
