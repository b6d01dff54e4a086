from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError
from captcha_model.training import crossfit
from captcha_model.training.crossfit import cross_fit, fold_of, held_out_of
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

CONFIG = CaptchaConfig("ab", height=16, width=32)
SETTINGS = TrainingSettings(epochs=3, patience=2, minutes=1.0)


def labelled(labels) -> LabelledImages:
    """One image a label, known again by its pixels."""
    count = len(labels)
    pixels = np.arange(count, dtype=np.uint8).reshape(count, 1, 1, 1)
    return LabelledImages(pixels, tuple(labels), tuple(f"{i}.png" for i in range(count)))


IMAGES = labelled([f"label {i // 2}" for i in range(60)])


@dataclass
class FakeResult:
    model: object
    interrupted: bool = False


@pytest.fixture
def calls(monkeypatch) -> list[tuple]:
    """Calls of `fit`, which returns their number for a model."""
    made: list[tuple] = []

    def fit(config, training, validation, settings, *, reporter):
        made.append((config, training, validation, settings, reporter))
        return FakeResult(len(made) - 1)

    monkeypatch.setattr(crossfit, "fit", fit)
    return made


def test_labels_that_differ_in_case_only_are_one_where_case_does_not_matter():
    labels = [f"{n}ab" for n in range(9)]
    places = held_out_of(labelled([*labels, *map(str.upper, labels)]), 2, "ignore")
    assert all({n + 9 for n in fold if n < 9} == {n for n in fold if n >= 9} for fold in places)
    assert held_out_of(labelled([*labels, *map(str.upper, labels)]), 2) != places


@given(st.lists(st.text(max_size=3), min_size=1, max_size=50), st.integers(1, 4))
def test_folds_part_the_images_by_their_labels(labels, folds):
    try:
        places = held_out_of(labelled(labels), folds)
    except DataError as error:
        assert error.code == "SPLIT_EMPTY"
        assert {fold_of(label, folds) for label in labels} != set(range(folds))
        return
    assert sorted(i for fold in places for i in fold) == list(range(len(labels)))
    assert all(list(fold) == sorted(fold) for fold in places)
    found = [{labels[i] for i in fold} for fold in places]
    assert sum(map(len, found)) == len(set(labels))


def test_no_model_learns_from_a_label_of_its_own_fold(calls):
    folds = list(cross_fit(IMAGES, CONFIG, SETTINGS, 3))
    assert [(fold.number, fold.model) for fold in folds] == [(0, 0), (1, 1), (2, 2)]
    for fold, (_, training, validation, _, _) in zip(folds, calls, strict=True):
        assert validation.labels == tuple(IMAGES.labels[i] for i in fold.held_out)
        assert validation.names == tuple(IMAGES.names[i] for i in fold.held_out)
        assert not set(training.labels) & set(validation.labels)
        assert sorted(training.names + validation.names) == sorted(IMAGES.names)
        assert validation.pixels.ravel().tolist() == list(fold.held_out)
    assert sorted(i for fold in folds for i in fold.held_out) == list(range(len(IMAGES)))


def test_every_model_learns_from_the_synthetic_images(calls):
    synthetic = labelled(["synthetic 1", "synthetic 2"])
    list(cross_fit(IMAGES, CONFIG, SETTINGS, 2, synthetic=synthetic))
    for _, training, validation, _, _ in calls:
        assert training.labels[-2:] == synthetic.labels
        assert len(training) + len(validation) == len(IMAGES) + 2


def test_nothing_is_chosen_by_the_fold_that_was_left_out(calls):
    reporter = Reporter(line=print)
    list(cross_fit(IMAGES, CONFIG, SETTINGS, 2, reporter=reporter))
    for config, _, _, settings, received in calls:
        assert (settings.patience, settings.minutes, settings.restore_best) == (None, None, False)
        assert (config, settings.epochs, received) == (CONFIG, 3, reporter)


def test_only_the_selected_folds_are_trained(calls):
    folds = list(cross_fit(IMAGES, CONFIG, SETTINGS, 4, select=lambda fold: fold % 2 == 1))
    assert [fold.number for fold in folds] == [1, 3]
    assert len(calls) == 2
    assert folds[0].held_out == held_out_of(IMAGES, 4)[1]


def test_a_fold_is_trained_when_it_is_asked_for(calls):
    folds = cross_fit(IMAGES, CONFIG, SETTINGS, 3)
    next(folds)
    assert len(calls) == 1


def test_an_interrupt_is_one_for_the_caller_too(monkeypatch):
    monkeypatch.setattr(crossfit, "fit", lambda *a, **k: FakeResult(None, interrupted=True))
    with pytest.raises(KeyboardInterrupt):
        next(cross_fit(IMAGES, CONFIG, SETTINGS, 2))


def test_an_empty_fold_is_told_before_the_first_training(calls):
    with pytest.raises(DataError, match="1 different labels are too few for 2 folds") as caught:
        next(cross_fit(labelled(["a", "a"]), CONFIG, SETTINGS, 2))
    assert caught.value.code == "SPLIT_EMPTY"
    assert not calls
