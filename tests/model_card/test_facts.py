import dataclasses
import json

import pytest

from captcha_model.errors import ConfigError
from captcha_model.evaluation.report import Confusion, EvaluationReport
from captcha_model.metrics.intervals import wilson_interval
from captcha_model.model import CaptchaModel
from captcha_model.model_card import (
    FACTS_FILE,
    MAX_CONFUSIONS,
    EvaluationFacts,
    ModelFacts,
    load_facts,
)
from captcha_model.prediction import Prediction
from tests.hub_card.facts import CALIBRATED, CROSS, KNOWN, TEST, TRAINING, VALIDATION


def changed(place: str, **values) -> str:
    """Return the facts as JSON, with some values of one part changed."""
    document = json.loads(KNOWN.to_json())
    parts = {"": document, "evaluation": document["evaluations"][0], **document}
    parts[place].update(values)
    return json.dumps(document)


def test_facts_come_back_as_they_went(tmp_path):
    assert load_facts(tmp_path) == ModelFacts()
    unranked = dataclasses.replace(
        CALIBRATED, auroc=None, accepted=0, correct=0, precision=None, trials=0.0
    )
    for facts in (ModelFacts(), KNOWN, dataclasses.replace(KNOWN, calibration=unranked)):
        (tmp_path / FACTS_FILE).write_text(facts.to_json(), encoding="utf-8")
        assert load_facts(tmp_path) == facts


def test_the_first_format_knew_no_calibration(tmp_path):
    first = json.loads(changed("", format_version=1))
    del first["calibration"]
    path = tmp_path / FACTS_FILE
    path.write_text(json.dumps(first), encoding="utf-8")
    facts = load_facts(tmp_path)
    assert facts == dataclasses.replace(KNOWN, calibration=None)
    assert json.loads(facts.to_json())["format_version"] == 3
    path.write_text(json.dumps({**first, "format_version": 3}), encoding="utf-8")
    with pytest.raises(ConfigError, match="keys"):
        load_facts(tmp_path)


def test_the_second_format_did_not_cluster_by_image(tmp_path):
    second = json.loads(changed("", format_version=2))
    for name in ("precision", "trials"):
        del second["calibration"][name]
    (tmp_path / FACTS_FILE).write_text(json.dumps(second), encoding="utf-8")
    old = dataclasses.replace(CALIBRATED, precision=None, trials=None)
    assert load_facts(tmp_path) == dataclasses.replace(KNOWN, calibration=old)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("", {"format_version": 4}),
        ("", {"format_version": 0}),
        ("", {"calibration": {}}),
        ("", {"license": "Apache License\nevil: yes"}),
        ("", {"parameters": 0}),
        ("training", {"date": "yesterday"}),
        ("training", {"images": 0}),
        ("training", {"drawn": -1}),
        ("training", {"best_epoch": 31}),
        ("training", {"best_epoch": 0}),
        ("training", {"lengths": [0, 0]}),
        ("training", {"validation_fraction": 1.0}),
        ("training", {"seconds": -1.0}),
        ("evaluation", {"date": ""}),
        ("evaluation", {"correct": 99}),
        ("evaluation", {"images": 0, "correct": 0}),
        ("evaluation", {"cer": -0.1}),
        ("evaluation", {"confusions": [{"expected": "a", "read": "b", "count": 0}]}),
        ("evaluation", {"part": "cross-validation"}),
        ("calibration", {"date": "21 November"}),
        ("calibration", {"images": 1203}),
        ("calibration", {"images": 0, "accepted": 0, "correct": 0}),
        ("calibration", {"accepted": 1197}),
        ("calibration", {"correct": -1}),
        ("calibration", {"ece": 1.01}),
        ("calibration", {"ece_before": -0.01}),
        ("calibration", {"auroc": 1.5}),
        ("calibration", {"auroc": "0.9"}),
        ("calibration", {"more": 1}),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, place, values):
    (tmp_path / FACTS_FILE).write_text(changed(place, **values), encoding="utf-8")
    with pytest.raises(ConfigError, match=FACTS_FILE) as caught:
        load_facts(tmp_path)
    assert caught.value.code == "FACTS_INVALID"


@pytest.mark.parametrize("data", [b"\xff", b"{", b" " * 2**18 + b"{}"])
def test_a_file_that_holds_no_facts_is_refused(tmp_path, data):
    (tmp_path / FACTS_FILE).write_bytes(data)
    with pytest.raises(ConfigError, match=FACTS_FILE):
        load_facts(tmp_path)


def test_a_report_becomes_figures_with_its_interval():
    labels = [c * 2 for c in "abcdefghijklmnopqrstuvwxyz"]
    readings = [Prediction(c + "?", 0.5, (), 200, 50) for c in "abcdefghijklmnopqrstuvwxyz"]
    report = EvaluationReport.from_readings(labels, labels, readings)
    facts = EvaluationFacts.from_report(
        report, date="2026-01-02", data="mine", split="test", command="x"
    )
    assert (facts.images, facts.correct, facts.cer) == (26, 0, 0.5)
    assert facts.confusions == tuple(Confusion(c, "?", 1) for c in "abcdefghijklmnopqrst")
    assert len(facts.confusions) == MAX_CONFUSIONS
    assert facts.interval == report.interval
    assert facts.word_accuracy == 0


def test_an_evaluation_replaces_the_earlier_one_of_its_images():
    better = dataclasses.replace(VALIDATION, correct=98)
    assert KNOWN.with_evaluation(better).evaluations == (CROSS, better)
    assert KNOWN.with_evaluation(TEST).evaluations == (VALIDATION, CROSS, TEST)


def test_the_interval_of_a_calibration_is_that_of_what_it_accepts():
    assert CALIBRATED.interval == wilson_interval(1198 / 1204 * 96.5, 96.5)
    before = dataclasses.replace(CALIBRATED, precision=None, trials=None)
    assert before.interval == wilson_interval(1198, 1204)
    assert KNOWN.with_evaluation(TEST).calibration == CALIBRATED


@pytest.mark.slow
def test_a_model_keeps_its_facts(tmp_path, small_config, small_model):
    known = ModelFacts(license="mit", training=TRAINING, calibration=CALIBRATED)
    model = CaptchaModel(small_config, small_model.network, facts=known)
    model.save_pretrained(tmp_path / "first")
    again = CaptchaModel.from_pretrained(tmp_path / "first")
    assert again.facts == dataclasses.replace(known, parameters=model.network.count_params())
    again.save_pretrained(tmp_path / "second")
    first, second = (tmp_path / name / FACTS_FILE for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.slow
def test_invalid_facts_stop_no_reading(tmp_path, small_model):
    small_model.save_pretrained(tmp_path / "model")
    (tmp_path / "model" / FACTS_FILE).write_text("{}")
    model = CaptchaModel.from_pretrained(tmp_path / "model")
    model.warm_up()
    with pytest.raises(ConfigError, match=FACTS_FILE):
        model.save_pretrained(tmp_path / "other")
    assert not (tmp_path / "other").exists()
