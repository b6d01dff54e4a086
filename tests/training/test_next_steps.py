"""What the report of a training says to do next."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.prediction import Prediction
from captcha_model.training.next_steps import next_steps
from tests.hub_card.facts import NOVELTY, TRAINING

PROMISED = SimpleNamespace(threshold=0.5, precision=0.99, right=499, accepted=500)
LENGTHS = "It has seen texts of 5 characters. If yours may have another length, label some of each."


def steps(
    pairs,
    case="keep",
    confidence=0.5,
    lengths=(5, 5),
    validation=98,
    novelty=None,
    expects=None,
    changed=TRAINING.changed,
    untrained=None,
    accepted=PROMISED,
):
    """Return the steps after a run whose evaluation has pairs of a label and a reading."""
    labels, texts = zip(*pairs, strict=True)
    readings = [Prediction(text, confidence, (), 9, 9) for text in texts]
    names = [f"{n}.png" for n in range(len(pairs))]
    report = EvaluationReport.from_readings(names, labels, readings, case)
    training = dataclasses.replace(
        TRAINING, lengths=lengths, validation_images=validation, changed=changed
    )
    calibration = Calibration(novelty=novelty) if novelty else None
    model = SimpleNamespace(
        facts=SimpleNamespace(training=training),
        config=CaptchaConfig("abAB", calibration=calibration, lengths=expects),
    )
    trained = SimpleNamespace(
        model=model,
        evaluation=report,
        untrained=untrained,
        folder=Path("runs/mine"),
        calibration=SimpleNamespace(accepted=accepted),
    )
    return next_steps(trained)


def test_a_good_run_on_many_images_names_the_lengths_alone():
    assert steps([("aBabA", "aBabA")] * 100) == [LENGTHS]


def test_mistakes_in_the_case_alone_lead_to_the_option():
    first = steps([("aB", "ab"), ("aB", "aB"), ("bB", "bb"), ("ab", "aa")] * 30)[0]
    assert first.startswith("60 of 90 wrong characters are wrong in their case only (B read as b)")
    assert "add --case lower" in first


@pytest.mark.parametrize(
    ("pairs", "case"),
    [
        ([("aB", "ab")] + [("ab", "ab")] * 99, "keep"),  # Once.
        ([("aB", "ab")] * 2 + [("ab", "ba")] * 98, "keep"),  # Among many others.
        ([("aB", "ab")] * 100, "ignore"),  # Done already.
    ],
)
def test_few_mistakes_in_the_case_do_not(pairs, case):
    assert not any("--case" in step for step in steps(pairs, case))


def test_sure_readings_point_at_their_labels():
    found = steps([("ab", "aa"), ("ab", "ab")] * 50, confidence=0.995)
    assert found[0].startswith("Look at ")
    assert found[0].count("(ab read as aa)") == 3
    assert "captcha-model audit" in found[0]
    assert not any("Look at" in step for step in steps([("ab", "aa")] * 100, confidence=0.9))


@pytest.mark.parametrize(
    ("count", "validation", "said"),
    [
        (20, 20, "20 validation images are few: the word accuracy is from 84% to 100%."),
        (50, 0, "50 labelled images are few: the word accuracy is from 93% to 100%."),
        (1, 1, "1 validation image is few: the word accuracy is from 21% to 100%."),
    ],
)
def test_few_images_are_named_with_what_they_show(count, validation, said):
    assert steps([("ab", "ab")] * count, validation=validation)[0].startswith(said)


def test_after_cross_fitting_images_without_a_label_are_asked_for():
    asked = "Images without a label help too: --unlabelled FOLDER."
    assert asked in steps([("ab", "ab")] * 20, validation=0)[0]
    assert asked not in steps([("ab", "ab")] * 20, validation=20)[0]
    assert asked not in steps([("ab", "ab")] * 19, validation=0)[0]
    given = {"data.unlabelled": '"more"'}
    assert asked not in steps([("ab", "ab")] * 20, validation=0, changed=given)[0]


def test_lengths_are_named_and_what_follows_for_others():
    pairs = [("ab", "ab")] * 100
    assert "texts of 1 to 3 characters" in steps(pairs, lengths=(1, 3))[0]
    assert "texts of 1 character." in steps(pairs, lengths=(1, 1))[0]
    novelty = dataclasses.replace(NOVELTY, text_lengths=(5, 5))
    assert "and rejects others as out of distribution" in steps(pairs, novelty=novelty)[0]
    assert (
        "and reads others only with --length any, without accepting"
        in steps(pairs, expects=(5, 5))[0]
    )


def test_labels_of_which_none_is_read_are_doubted_first():
    found = steps([("ab", "aa")] * 30)[0]
    assert found.startswith("No text was read right.")
    assert "it took 0.png as ab, 1.png as ab, 2.png as ab" in found
    assert found.endswith(f": {Path('runs/mine/samples.png')} shows some of them.")
    for pairs in ([("ab", "aa")] * 9, [("ab", "aa")] * 30 + [("ab", "ab")]):
        assert not any("No text" in step for step in steps(pairs))


def test_a_training_that_brought_nothing_is_told():
    pairs = [("ab", "ab")] * 80 + [("ab", "aa")] * 20
    for before in (80, 85):
        assert steps(pairs, untrained=before)[0].startswith(
            f"The training brought nothing on these images: before it {before} of 100 were read "
            "right, now 80."
        )
    for before in (None, 0, 79):
        assert not any("brought nothing" in step for step in steps(pairs, untrained=before))


def test_a_promise_below_the_usual_one_is_explained():
    pairs = [("ab", "ab")] * 100
    less = SimpleNamespace(threshold=0.8, precision=0.5, right=48, accepted=49)
    found = steps(pairs, accepted=less)
    assert "at least 50% will be right: that is what so few images can show (48 of 49" in found[0]
    assert "--validation-fraction" in found[0]
    assert "--validation-fraction" not in steps(pairs, accepted=less, validation=0)[0]
    nothing = SimpleNamespace(threshold=None, precision=0.99, right=0, accepted=0)
    assert steps(pairs, accepted=nothing)[0].startswith("The model accepts no reading")
