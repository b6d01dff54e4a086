import json

import pytest

from captcha_model.errors import DataError
from captcha_model.evaluation.report import CharacterCount, Confusion, EvaluationReport
from captcha_model.prediction import Prediction


def reading(text: str, confidence: float = 0.5) -> Prediction:
    return Prediction(text, confidence, (), 200, 50)


REPORT = EvaluationReport.from_readings(
    ["1.png", "2.png", "3.png", "4.png"],
    ["ab", "ba", "aab", "b"],
    [reading("ab", 0.9), reading("bb", 0.8), reading("ab", 0.3), reading("", 0.1)],
)


def test_counts():
    assert (REPORT.images, REPORT.correct, REPORT.word_accuracy) == (4, 1, 0.25)
    assert REPORT.cer == pytest.approx(3 / 8)
    assert REPORT.characters == (CharacterCount("a", 4, 2), CharacterCount("b", 4, 3))
    assert set(REPORT.confusions) == {
        Confusion("a", "", 1),
        Confusion("a", "b", 1),
        Confusion("b", "", 1),
    }
    assert REPORT.interval == pytest.approx((0.0456, 0.6994), abs=1e-4)


def test_the_word_error_rate_and_the_word_accuracy_add_up_to_1():
    assert REPORT.word_error_rate == 0.75
    assert "word error rate  75.00%" in REPORT.to_text().splitlines()
    assert REPORT.to_dict()["word_error_rate"] == 0.75


def test_readings_per_image():
    assert REPORT.to_text(per_image=True).split("\n\n")[0].splitlines() == [
        "image  label  reading  confidence",
        "1.png  ab     ab       90.0%",
        "2.png  ba     bb       80.0%       wrong",
        "3.png  aab    ab       30.0%       wrong",
        "4.png  b      nothing  10.0%       wrong",
    ]
    assert REPORT.to_text(per_image=True).endswith(REPORT.to_text())
    assert REPORT.to_dict(per_image=True)["readings"][1] == {
        "name": "2.png",
        "label": "ba",
        "reading": "bb",
        "confidence": 0.8,
        "right": False,
    }
    assert "readings" not in REPORT.to_dict()


def test_the_least_confident_mistake_comes_first():
    assert [(w.name, w.label, w.reading) for w in REPORT.wrong] == [
        ("4.png", "b", ""),
        ("3.png", "aab", "ab"),
        ("2.png", "ba", "bb"),
    ]


def test_the_most_frequent_confusion_comes_first():
    readings = [reading("bbb"), reading("d")]
    report = EvaluationReport.from_readings(["1", "2"], ["aab", "c"], readings)
    assert report.confusions[0] == Confusion("a", "b", 2)


def test_text_and_json_agree():
    text = REPORT.to_text()
    for expected in (
        "25.00%",
        "37.500%",
        "a  50.00% of 4",
        "b -> nothing  1",
        "4.png: b read as nothing",
    ):
        assert expected in text
    values = json.loads(json.dumps(REPORT.to_dict()))
    assert values["word_accuracy"] == 0.25
    assert values["characters"][0] == {"character": "a", "total": 4, "correct": 2, "accuracy": 0.5}
    assert len(values["wrong"]) == 3


def test_the_report_has_the_reliability_of_the_confidences():
    reliability = REPORT.reliability
    assert (reliability.images, reliability.accuracy) == (4, 0.25)
    assert reliability.confidence == pytest.approx(2.1 / 4)
    assert reliability.auroc == 1.0
    assert reliability.points[0].threshold == 0.9
    assert REPORT.to_dict()["reliability"] == reliability.to_dict()
    assert f"\n{reliability.to_text()}\n\naccuracy per character\n" in REPORT.to_text()


def test_a_perfect_report_lists_no_mistakes():
    text = EvaluationReport.from_readings(["1"], ["a"], [reading("a")]).to_text()
    assert "wrong" not in text
    assert "confusions" not in text


def test_no_images_are_an_error():
    with pytest.raises(DataError) as caught:
        EvaluationReport.from_readings([], [], [])
    assert caught.value.code == "SPLIT_EMPTY"


def test_texts_that_differ_in_case_only():
    names, labels, readings = ["1", "2"], ["aB", "Ab"], [reading("AB"), reading("AC")]
    kept = EvaluationReport.from_readings(names, labels, readings)
    ignored = EvaluationReport.from_readings(names, labels, readings, "ignore")
    assert (kept.correct, kept.cer) == (0, 2 / 4)
    assert (ignored.correct, ignored.cer) == (1, 1 / 4)
    assert ignored.confusions == (Confusion("b", "c", 1),)
    assert (kept.case_name, ignored.case_name) == ("", "case ignored")
    assert "compared         case ignored" in ignored.to_text().splitlines()
    assert "compared" not in kept.to_text()
    assert ignored.to_dict()["case"] == "ignore"
