import csv

import numpy as np
import pytest

from captcha_model.data.dataset import select_samples
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.splits import split_of
from captcha_model.errors import DataError
from captcha_model.training.run_config.sections import DataSettings, ModelSettings
from captcha_model.training.splits import (
    find_config,
    split_by_hash_or_at_random,
    split_images,
    write_split_tables,
)


def images(count: int = 200) -> LabelledImages:
    labels = tuple(f"label {i}" for i in range(count))
    return LabelledImages(np.zeros((count, 2, 2, 1), np.uint8), labels, labels)


def samples(*labels: str) -> list[Sample]:
    return [Sample(f"{label}.png", label, bytes) for label in labels]


def test_labels_decide_the_model_of_fixed_places():
    config = find_config(samples("ab", "bcaa"), ModelSettings(architecture="multi-head"))
    assert (config.characters, config.options["places"]) == ("abc", 4)
    assert find_config(samples("ab"), ModelSettings()).options == {}


def test_labels_that_do_not_fit_are_named():
    with pytest.raises(DataError, match=r"bcaa\.png") as caught:
        find_config(
            samples("ab", "bcaa"), ModelSettings(architecture="multi-head", options={"places": 3})
        )
    assert caught.value.code == "LABEL_TOO_LONG"


def test_by_default_the_hash_of_the_label_splits():
    training, validation = split_images(images(), DataSettings(), seed=0)
    assert {split_of(label) for label in training.labels} == {"train"}
    assert {split_of(label) for label in validation.labels} == {"validation"}


def test_folders_split_if_the_settings_say_so():
    labels = tuple(f"label {i}" for i in range(8))
    names = tuple(f"{folder}/{i}" for folder in ("test", "train", "val", "train") for i in "01")
    found = LabelledImages(np.zeros((8, 2, 2, 1), np.uint8), labels, names)
    training, validation = split_images(found, DataSettings(splits="folders"), seed=0)
    assert training.names == ("train/0", "train/1", "train/0", "train/1")
    assert validation.names == ("val/0", "val/1")


def test_a_random_split_uses_every_image_and_the_seed():
    settings = DataSettings(validation_fraction=0.25)
    training, validation = split_images(images(), settings, seed=1)
    assert (len(training), len(validation)) == (150, 50)
    assert {*training.labels, *validation.labels} == set(images().labels)
    assert split_images(images(), settings, seed=1)[1].labels == validation.labels
    assert split_images(images(), settings, seed=2)[1].labels != validation.labels


@pytest.mark.parametrize("case", ["lower", "upper", "ignore"])
def test_labels_that_differ_in_case_only_are_in_one_split(case):
    labels = tuple(f"{a}{b}" for a in "abcdefgh" for b in "abcdefgh")
    labels += tuple(label.upper() for label in labels)
    found = LabelledImages(np.zeros((128, 2, 2, 1), np.uint8), labels, labels)
    training, validation = split_images(found, DataSettings(case=case), seed=0)
    assert len(validation)
    assert {s.lower() for s in validation.labels}.isdisjoint(s.lower() for s in training.labels)
    # An evaluation finds the same ones.
    samples = [Sample(label, label, bytes) for label in labels]
    again = select_samples(samples, "x", split="validation", case=case)
    assert tuple(sample.label for sample in again) == validation.labels


@pytest.mark.parametrize(
    ("labels", "settings", "fraction"),
    [
        ("0123456789" * 52, {"cross_fit_below": 501}, 0.1),
        ("0123456789" * 52, {}, None),
        ("0123456789" * 52, {"cross_fit_below": 501, "splits": "folders"}, None),
        ("0123456789" * 52, {"cross_fit_below": 501, "validation_fraction": 0.3}, 0.3),
        (images().labels, {"cross_fit_below": 501}, None),
    ],
)
def test_few_different_labels_are_split_at_random(labels, settings, fraction):
    settled = split_by_hash_or_at_random(labels, DataSettings(**settings))
    assert settled == DataSettings(**settings | {"validation_fraction": fraction})


def test_a_large_validation_part_is_limited():
    settings = DataSettings(validation_fraction=0.5, validation_limit=7)
    training, validation = split_images(images(), settings, seed=1)
    assert (len(training), len(validation)) == (100, 7)
    assert not set(training.labels) & set(validation.labels)


def test_the_tables_name_the_parts(tmp_path):
    training, validation = split_images(images(30), DataSettings(validation_fraction=0.1), seed=1)
    write_split_tables(tmp_path, training, validation)
    for name, part in (("train.csv", training), ("val.csv", validation)):
        with (tmp_path / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert [row["file_name"] for row in rows] == list(part.names)
        assert [row["text"] for row in rows] == list(part.labels)
