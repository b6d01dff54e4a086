import pytest

from captcha_model.errors import TrainingError
from captcha_model.training.settings import TrainingSettings


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"batch_size": 1.5},
        {"patience": True},
        {"seed": -1},
        {"keep": "first"},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"clip_norm": float("inf")},
        {"weight_decay": 1.0},
    ],
)
def test_values_out_of_bounds_are_refused(bad):
    with pytest.raises(TrainingError, match=next(iter(bad))):
        TrainingSettings(**bad)


def test_plain_values_make_the_same_settings():
    settings = TrainingSettings(epochs=3, augment=False)
    assert TrainingSettings(**settings.to_dict()) == settings
