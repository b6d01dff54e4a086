import warnings

import numpy as np
import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.data.streaming import StreamedImages
from captcha_model.decoding.heads import CTC
from captcha_model.decoding.merged_case import MergedCase
from captcha_model.errors import DataError, DataWarning
from captcha_model.training.label_case import (
    RelabelledSamples,
    head_of,
    known_label,
    relabelled,
    warn_of_case,
)
from captcha_model.training.run_config.sections import ModelSettings
from captcha_model.training.splits import find_config


@pytest.mark.parametrize(
    ("label", "characters", "case", "expected"),
    [
        ("aB", None, "keep", "aB"),
        ("aB", None, "lower", "ab"),
        ("aB", None, "upper", "AB"),
        ("aB", None, "ignore", "aB"),
        ("aB", "ab", "ignore", "ab"),
        ("aB", "abAB", "ignore", "aB"),
        ("aB", "Ab", "ignore", "Ab"),
        ("aB", "AB", "lower", "AB"),
        ("aBx", "ab", "lower", "abx"),
        ("ßİ", None, "upper", "ßİ"),
    ],
)
def test_labels_that_a_network_is_trained_with(label, characters, case, expected):
    assert known_label(label, characters, case) == expected


def samples(*labels: str) -> list[Sample]:
    return [Sample(f"{n}.png", label, bytes) for n, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("case", "characters"),
    [("keep", "ABac"), ("lower", "abc"), ("upper", "ABC"), ("ignore", "ABac")],
)
def test_the_vocabulary_is_that_of_the_converted_labels(case, characters):
    config = find_config(samples("aB", "Ac"), ModelSettings(), case)
    assert (config.characters, config.case) == (characters, case)


def test_a_given_vocabulary_in_the_other_case():
    settings = ModelSettings(characters="abc")
    with pytest.raises(DataError, match="outside the vocabulary"):
        find_config(samples("aB", "Ac"), settings)
    for case in ("lower", "upper", "ignore"):
        assert find_config(samples("aB", "Ac"), settings, case).characters == "abc"


def test_samples_stay_lazy():
    relabelled_samples = RelabelledSamples(samples("aB", "Ac"), None, "upper")
    assert [s.label for s in relabelled_samples] == ["AB", "AC"]
    assert [s.label for s in relabelled_samples[1:]] == ["AC"]
    assert relabelled_samples[-1].name == "1.png"
    assert len(relabelled_samples) == 2


LOWER = CaptchaConfig("ab", height=16, width=64, case="lower")


def test_images_in_memory_and_streamed_ones_get_the_same_labels():
    images = LabelledImages(np.zeros((2, 16, 64, 1), np.uint8), ("aB", "BA"), ("1", "2"))
    assert relabelled(images, LOWER).labels == ("ab", "ba")
    assert relabelled(images, CaptchaConfig("abAB")) is images
    streamed = StreamedImages(samples("aB", "BA"), LOWER, workers=1)
    converted = relabelled(streamed, LOWER)
    assert list(converted.labels) == list(converted.subset([0, 1]).labels) == ["ab", "ba"]
    assert list(streamed.labels) == ["aB", "BA"]


def test_the_head_of_a_training():
    assert head_of(CaptchaConfig("abAB")) is CTC
    assert head_of(LOWER) is CTC
    for case in ("ignore", "lower", "upper"):
        assert isinstance(head_of(CaptchaConfig("abAB", case=case)), MergedCase)


def images_with(*labels: str) -> LabelledImages:
    names = tuple(map(str, range(len(labels))))
    return LabelledImages(np.zeros((len(labels), 16, 64, 1), np.uint8), labels, names)


@pytest.mark.parametrize(
    ("labels", "config", "given", "message"),
    [
        (("ab", "b2"), CaptchaConfig("abAB2"), True, "All letters of the labels are in lower case"),
        (("AB",), CaptchaConfig("abAB2"), True, "are in upper case, .* use --case ignore"),
        (
            ("ab",),
            CaptchaConfig("ab", case="ignore"),
            False,
            "no letter of the vocabulary has both",
        ),
    ],
)
def test_labels_and_a_vocabulary_that_do_not_fit(labels, config, given, message):
    with pytest.warns(DataWarning, match=message):
        warn_of_case(images_with(*labels), config, are_given=given)


@pytest.mark.parametrize(
    ("labels", "config", "given"),
    [
        (("ab",), CaptchaConfig("ab"), False),
        (("ab",), CaptchaConfig("ab"), True),
        (("aB",), CaptchaConfig("abAB"), True),
        (("22",), CaptchaConfig("2abAB"), True),
        (("ab",), CaptchaConfig("abAB", case="ignore"), True),
        (("ab",), CaptchaConfig("ab", case="lower"), False),
    ],
)
def test_no_warning_where_they_fit(labels, config, given):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_case(images_with(*labels), config, are_given=given)


def test_an_error_names_the_case_that_fits():
    with pytest.raises(DataError, match="in lower case: --case lower of train"):
        find_config(samples("aB"), ModelSettings(characters="abc"))
    with pytest.raises(DataError, match="in upper case: --case upper of train"):
        find_config(samples("aB"), ModelSettings(characters="ABC"))
    with pytest.raises(DataError) as caught:
        find_config(samples("aBx"), ModelSettings(characters="ab"))
    assert "--case" not in str(caught.value)
