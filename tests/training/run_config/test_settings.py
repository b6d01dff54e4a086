import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.errors import TrainingError
from captcha_model.training.run_config.settings import (
    AUGMENTATIONS,
    DEFAULT_AUGMENTATION,
    TrainingSettings,
)


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"epoch_images": 0},
        {"batch_size": 1.5},
        {"patience": True},
        {"patience": 0},
        {"seed": -1},
        {"workers": 0},
        {"minutes": 0},
        {"restore_best": "best"},
        {"optimizer": "newton"},
        {"schedule": "never"},
        {"monitor": "feeling"},
        {"csv_log": 1},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"clip_norm": float("inf")},
        {"weight_decay": 1.0},
        {"reduce_lr_factor": 1.0},
        {"augmentation": ["rotation"]},
        {"augmentation": {"rotation": 46}},
        {"augmentation": {"rotation": "much"}},
        {"augmentation": {"cutout": 1.1}},
        {"augmentation": {"blur": -0.1}},
        {"augmentation": {"noise": True}},
        {"export": "onnx"},
    ],
)
def test_values_out_of_bounds_are_refused(bad):
    with pytest.raises(TrainingError, match=next(iter(bad))):
        TrainingSettings(**bad)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_augmentation_goes_up_to_its_largest_strength(name):
    largest = AUGMENTATIONS[name]
    assert TrainingSettings(augmentation={name: largest}).augmentation == {name: largest}
    with pytest.raises(TrainingError, match=f"{name} must be from 0 to {largest}"):
        TrainingSettings(augmentation={name: largest * 1.001})


@pytest.mark.parametrize(
    ("images", "passes"), [(1, 800), (100, 8), (300, 3), (533, 2), (534, 1), (819, 1), (10**6, 1)]
)
def test_an_epoch_goes_over_few_images_several_times(images, passes):
    assert TrainingSettings().passes(images) == passes


@pytest.mark.parametrize(
    ("images", "passes"),
    [(13, 7), (20, 4), (33, 3), (50, 2), (100, 2), (199, 2), (200, 1), (10**6, 1)],
)
def test_an_epoch_goes_over_images_that_are_not_many_at_least_so_often(images, passes):
    assert TrainingSettings(epoch_images=90, least_passes=2).passes(images) == passes


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_an_epoch_shows_two_thirds_of_what_was_asked_for_at_least(images, wanted):
    shown = images * TrainingSettings(epoch_images=wanted).passes(images)
    assert shown == images or 2 / 3 * wanted <= shown <= 4 / 3 * wanted


def test_an_unknown_augmentation_is_named():
    with pytest.raises(TrainingError, match="'fog'"):
        TrainingSettings(augmentation={"fog": 1.0})


def test_a_plateau_needs_a_constant_schedule():
    with pytest.raises(TrainingError, match="constant"):
        TrainingSettings(reduce_lr_patience=3)
    assert TrainingSettings(reduce_lr_patience=3, schedule="constant").reduce_lr_patience == 3


def test_plain_values_make_the_same_settings():
    settings = TrainingSettings(epochs=3, augmentation={"jpeg": 0.5}, export=("onnx",))
    assert TrainingSettings.from_dict(settings.to_dict()) == settings


def test_a_strength_of_0_is_no_augmentation_and_nothing_can_be_changed_afterwards():
    settings = TrainingSettings(augmentation={"jpeg": 0, "rotation": 3})
    assert dict(settings.augmentation) == {"rotation": 3.0}
    with pytest.raises(TypeError):
        settings.augmentation["rotation"] = 9
    assert TrainingSettings().augmentation == DEFAULT_AUGMENTATION
