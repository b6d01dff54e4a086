import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError
from captcha_model.training.few_labels import audit
from captcha_model.training.few_labels.audit import audit_few
from captcha_model.training.few_labels.folds import balanced_folds
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(epochs=1, epoch_images=8, batch_size=8, augmentation={})


def images_for(config, labels) -> LabelledImages:
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), *config.input_shape), np.uint8)
    return LabelledImages(pixels, tuple(labels), tuple(f"{n}.png" for n in range(len(labels))))


def test_every_image_is_checked_once_by_a_model_without_it(small_config):
    images = images_for(small_config, ["ab", "abc", "ca", "b", "bc", "ab"])
    folds = list(audit_few(images, small_config, SETTINGS, 2, Reporter()))
    assert sorted(fold.number for fold in folds) == [0, 1]
    checked = {s.name: s.label for fold in folds for s in fold.suspicions}
    assert checked == dict(zip(images.names, images.labels, strict=True))
    parts = balanced_folds(images.labels, 2)
    for fold in folds:
        assert [s.name for s in fold.suspicions] == [images.names[n] for n in parts[fold.number]]


def test_degraded_copies_are_not_read(small_config, monkeypatch):
    tasks = []

    def all_of(given, results, workers):
        tasks.extend(given)
        results.update(dict.fromkeys(range(len(given))))
        yield from ()

    monkeypatch.setattr(audit, "do_all", all_of)
    monkeypatch.setattr(audit, "_audited", lambda number, *_: number)
    images = images_for(small_config, ["ab", "abc"])
    assert list(audit_few(images, small_config, SETTINGS, 5, Reporter())) == [0, 1]
    assert [task.copies for task in tasks] == [False, False]
    assert [task.held_out.names for task in tasks] != [task.training.names for task in tasks]


@pytest.mark.parametrize("labels", [["ab"], ["ab", "ab", "ab"]])
def test_one_label_cannot_be_checked(small_config, labels):
    images = images_for(small_config, labels)
    with pytest.raises(DataError, match="two different labels"):
        audit_few(images, small_config, SETTINGS, 5, Reporter())
