from collections.abc import Iterator

import pytest

from captcha_model.data.samples import Sample
from captcha_model.errors import ConstraintError, DataError, ImageError
from captcha_model.evaluation.strength import measure_strength
from captcha_model.evaluation.strength_report import Share
from captcha_model.evaluation.unlabelled import why_unlabelled
from captcha_model.prediction import Prediction
from captcha_model.vocabulary import Vocabulary


class Model:
    """Reads the content of a file as its text, half as sure of capitals."""

    def __init__(self, characters: str = "abcABC12", informed: str | None = None) -> None:
        self.vocabulary = Vocabulary(characters)
        self.informed = informed
        self.asked: list[object] = []

    def predict_stream(self, images, *, charset=None, length=None, frames=None) -> Iterator:
        self.asked.append((charset, length, frames))
        if charset == "":
            raise ConstraintError("none")
        for image in images:
            if isinstance(image, ImageError) or image == b"?":
                yield image if isinstance(image, ImageError) else ImageError("bad")
                continue
            text = image.decode()
            if charset and self.informed:
                text = self.informed
            yield Prediction(text, 0.9 if text.islower() else 0.45, (), 10, 10)


def samples(*pairs: tuple[str, str]) -> list[Sample]:
    return [Sample(f"{i}.png", a, lambda b=b: b.encode()) for i, (a, b) in enumerate(pairs)]


def test_a_report():
    model = Model()
    found = measure_strength(
        model, samples(("ab", "ab"), ("aB", "ab"), ("abc", "AB"), ("cab", "?"))
    )
    assert found.ignoring_case == Share(2, 3)
    assert found.exact == Share(1, 3)
    assert found.lengths == {2: Share(2, 2), 3: Share(0, 1)}
    assert found.unreadable == 1 and found.unknown_characters == ""
    assert model.asked == [(None, None, None), ("ABCabc", (2, 3), None)]
    assert found.most_confident.coverage == pytest.approx(2 / 3)
    assert [(c.expected, c.read, c.count) for c in found.report.confusions] == [("c", "", 1)]
    assert found.verdict == "none"
    assert found.explanation.startswith("No protection: a program that has never seen")
    values = found.to_dict()
    assert values["ignoring_case"]["share_95"] == [0.20766, 0.938508]
    assert values["lengths"]["3"]["right"] == 0 and values["most_confident"]["accepted"] == 2
    assert "2 of 3; 95% interval" in found.to_text() and "c -> nothing  1" in found.to_text()


@pytest.mark.parametrize(
    "right, images, verdict, says",
    [
        (300, 500, "none", "at one of 2 attempts"),
        (20, 500, "weak", "at one of 25 attempts (4.0%)"),
        (4, 500, "unclear", "Give more labelled images"),
        (0, 100, "unclear", "381 labelled images decide it"),
        (0, 400, "not_read", "so it shows no strength"),
    ],
)
def test_verdicts(right, images, verdict, says):
    pairs = [("ab", "ab")] * right + [("ab", "b")] * (images - right)
    found = measure_strength(Model(), samples(*pairs))
    assert found.verdict == verdict
    assert says in found.explanation


def test_who_knows_the_characters_may_read_more():
    found = measure_strength(Model(informed="ab"), samples(*[("ab", "b")] * 500))
    assert found.ignoring_case.right == 0 and found.informed == Share(500, 500)
    assert found.verdict == "none"


def test_a_model_that_knows_other_characters_measures_nothing():
    found = measure_strength(Model("xyz"), samples(*[("ab", "x")] * 500))
    assert found.unknown_characters == "ab" and found.informed is None
    assert found.verdict == "not_measured"
    assert "'ab'" in found.explanation
    assert found.to_dict()["informed"] is None


def test_the_results_of_sums():
    read = [("20", "12+8=?"), ("-3", "4-7"), ("7", "7"), ("08", "2X4=")]
    model = Model("0123456789+-x=?")
    found = measure_strength(model, samples(*read * 100), frames="last")
    assert model.asked == [(None, None, "last"), ("-02378", (1, 2), "last")]
    assert found.ignoring_case == Share(100, 400) and found.sums == Share(300, 400)
    assert found.way == "sums" and found.best == found.sums and found.verdict == "none"
    # Both 7, which was not read as a sum, and 8 have one digit.
    assert found.lengths == {1: Share(100, 200), 2: Share(200, 200)}
    assert found.most_confident.coverage == 0
    assert [(c.expected, c.read, c.count) for c in found.report.confusions] == [("7", "", 100)]
    assert "reads it and works out the sum at the first attempt (75.0%)" in found.explanation
    values = found.to_dict()
    assert values["best_way"] == "sums" and values["sums"]["right"] == 300
    text = found.to_text()
    assert "result of the sum          75.00%  (300 of 400" in text
    assert "by the length of the result" in text and "(label -> result)" in text


def test_labels_that_are_the_sums_themselves_or_no_numbers_are_compared_as_texts():
    for label in ("1+2", "ab", "1" * 17):
        found = measure_strength(Model("ab12+"), samples((label, label), ("3", "1+2")))
        assert found.sums is None and found.way == "text"
    numbers = measure_strength(Model("12"), samples(("12", "12"), ("21", "12")))
    assert numbers.sums is None and "result" not in numbers.to_text()
    # A sum among numbers is no better way.
    mixed = measure_strength(Model("123+"), samples(("12", "12"), ("21", "21"), ("3", "1+2")))
    assert mixed.sums == Share(1, 3) and mixed.way == "text"
    assert mixed.lengths == {1: Share(0, 1), 2: Share(2, 2)}


def test_a_way_that_needs_knowledge_is_named():
    found = measure_strength(Model(informed="ab"), samples(*[("ab", "b")] * 500))
    assert found.way == "informed" and "but knows its characters and lengths" in found.explanation


def test_no_image_can_be_read():
    with pytest.raises(DataError, match="None of the images can be read: bad") as caught:
        measure_strength(Model(), samples(("ab", "?")))
    assert caught.value.code == "IMAGES_UNREADABLE"

    def fail() -> bytes:
        raise FileNotFoundError(2, "No such file")

    with pytest.raises(DataError, match=r"a\.png: No such file"):
        measure_strength(Model(), [Sample("a.png", "ab", fail)])


@pytest.mark.parametrize(
    "names, reason",
    [
        ([f"{i:04}" for i in range(9)], "running numbers"),
        ([f"IMG_{i:04}" for i in range(3000, 3009)], "begin alike"),
        ([f"captcha ({i})" for i in range(9)], "begin alike"),
        ([f"{i:032x}" for i in range(10**9, 10**9 + 9)], "hashes"),
        ([f"{i:08x}-1b4c-4c59-9bf7-d6f83c863ef8" for i in range(9)], "hashes"),
        ([f"{i} a long sentence about what it shows" for i in range(9)], "32 characters"),
        (["2b827", "bd3b7", "n8fp4", "xgcx5", "w2yp7"], None),
        (["4821", "0392", "9144", "7710", "5526"], None),
        (["abc1", "abd2", "xyz3", "qrs4", "tuv5"], None),
        (["IMG_1", "IMG_2"], None),
    ],
)
def test_names_that_are_no_labels(names, reason):
    found = why_unlabelled(names)
    assert found is None if reason is None else reason in found
