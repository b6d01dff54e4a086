import json

import pytest

from captcha_model.errors import DataError
from captcha_model.evaluation.report import CharacterCount, Confusion, evaluate
from captcha_model.prediction import Prediction


def reading(text: str, confidence: float = 0.5) -> Prediction:
    return Prediction(text, confidence, (), 200, 50)


REPORT = evaluate(
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


def test_the_word_error_rate_is_the_rest_of_the_word_accuracy():
    assert REPORT.word_error_rate == 0.75
    assert "word error rate  75.00%" in REPORT.to_text().splitlines()
    assert REPORT.to_dict()["word_error_rate"] == 0.75


def test_each_reading_is_told_when_asked_for():
    assert REPORT.to_text(each=True).split("\n\n")[0].splitlines() == [
        "image  label  reading  confidence",
        "1.png  ab     ab       90.0%",
        "2.png  ba     bb       80.0%       wrong",
        "3.png  aab    ab       30.0%       wrong",
        "4.png  b      nothing  10.0%       wrong",
    ]
    assert REPORT.to_text(each=True).endswith(REPORT.to_text())
    assert REPORT.to_dict(each=True)["readings"][1] == {
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
    report = evaluate(["1", "2"], ["aab", "c"], [reading("bbb"), reading("d")])
    assert report.confusions[0] == Confusion("a", "b", 2)


def test_texts_and_json_say_the_same():
    text = REPORT.to_text()
    for part in (
        "25.00%",
        "37.500%",
        "a  50.00% of 4",
        "b -> nothing  1",
        "4.png: b read as nothing",
    ):
        assert part in text
    values = json.loads(json.dumps(REPORT.to_dict()))
    assert values["word_accuracy"] == 0.25
    assert values["characters"][0] == {"character": "a", "total": 4, "correct": 2, "accuracy": 0.5}
    assert len(values["wrong"]) == 3


def test_the_report_tells_how_far_confidences_can_be_trusted():
    figures = REPORT.reliability
    assert (figures.images, figures.accuracy) == (4, 0.25)
    assert figures.confidence == pytest.approx(2.1 / 4)
    assert figures.auroc == 1.0
    assert figures.points[0].threshold == 0.9
    assert REPORT.to_dict()["reliability"] == figures.to_dict()
    assert f"\n{figures.to_text()}\n\naccuracy per character\n" in REPORT.to_text()


def test_a_perfect_report_lists_no_mistakes():
    text = evaluate(["1"], ["a"], [reading("a")]).to_text()
    assert "wrong" not in text
    assert "confusions" not in text


def test_nothing_to_evaluate_is_an_error():
    with pytest.raises(DataError) as caught:
        evaluate([], [], [])
    assert caught.value.code == "PART_EMPTY"
