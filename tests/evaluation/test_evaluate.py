import json

import numpy as np
import pytest

import captcha_model
from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.dataset import load_dataset
from captcha_model.data.samples import LabelledImages
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.splits import split_of
from captcha_model.errors import DataError
from captcha_model.evaluation.evaluate import evaluate
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.model_chooser import ModelChooser
from captcha_model.prediction import Frame, Prediction


class Fixed:
    """A model that reads the same text in every image."""

    config = CaptchaConfig("abc", height=16, width=64)

    def __init__(self, text: str) -> None:
        self.text = text
        self.shapes = []

    def predict_pixels(self, pixels: np.ndarray, closer, **options) -> list[Prediction]:
        self.closer = closer
        self.shapes.append(pixels.shape)
        self.case = options.pop("case")
        self.options = options
        return [Prediction(self.text, 0.5, (), 64, 16)] * len(pixels)


def test_it_is_public():
    assert captcha_model.evaluate is evaluate
    assert captcha_model.EvaluationReport is EvaluationReport


def test_images_in_memory_are_all_evaluated():
    model = Fixed("ab")
    images = LabelledImages(np.zeros((3, 16, 64, 1), np.uint8), ("ab", "b", "ab"), ("1", "2", "3"))
    report = evaluate(model, images)
    assert model.closer is images.closer
    assert (report.images, report.correct) == (3, 2)
    assert [reading.name for reading in report.readings] == ["1", "2", "3"]


@pytest.mark.parametrize("model", ["general", ModelChooser])
def test_what_is_no_model_of_one_network_is_refused(model):
    with pytest.raises(TypeError, match=r"takes a CaptchaModel, .*Received: ['M]"):
        evaluate(model() if callable(model) else model, "captcha_images_v2")


def test_numbers_of_numpy_are_reported_as_whole_numbers():
    images = LabelledImages(np.zeros((1, 16, 64, 1), np.uint8), ("ab",), ("1",))
    report = evaluate(Fixed("ab"), images, length=(np.int64(2), None), views=np.int64(1))
    assert json.loads(json.dumps(report.to_dict()))["options"] == {"length": [2, None], "views": 1}


@pytest.mark.parametrize(
    "argument",
    [
        {"split": "all"},
        {"only_listed": "x.csv"},
        {"strict": True},
        {"source_options": SourceOptions(label_suffix=True)},
    ],
)
def test_arguments_for_a_source_do_not_apply_to_images_in_memory(argument):
    images = LabelledImages(np.zeros((1, 16, 64, 1), np.uint8), ("ab",), ("1",))
    with pytest.raises(ValueError, match="apply to a source"):
        evaluate(Fixed("ab"), images, **argument)


def test_no_images_are_an_error():
    with pytest.raises(DataError) as caught:
        evaluate(Fixed("ab"), LabelledImages(np.zeros((0, 16, 64, 1), np.uint8), (), ()))
    assert caught.value.code == "SPLIT_EMPTY"


def test_the_validation_split_of_a_source_is_the_default(image_folder):
    model = Fixed("ab")
    report = evaluate(model, image_folder)
    assert {split_of(reading.label) for reading in report.readings} == {"validation"}
    assert model.shapes == [(report.images, 16, 64, 1)]
    assert evaluate(model, image_folder, split="all").images == 40


def test_only_listed_images(image_folder, tmp_path):
    table = tmp_path / "val.csv"
    table.write_text("file_name\n000003.png\n")
    report = evaluate(Fixed("ab"), str(image_folder), only_listed=table)
    assert [reading.name for reading in report.readings] == ["000003.png"]


def test_a_model_reads_as_predict_pixels_does(small_model, image_folder):
    images = load_dataset(image_folder, small_model.config)
    report = evaluate(small_model, images)
    readings = small_model.predict_pixels(images.pixels)
    assert report == EvaluationReport.from_readings(images.names, images.labels, readings)


@pytest.mark.parametrize(
    ("case", "right", "labels"),
    [
        (None, 1, ["aB", "AB", "ab", "ba"]),
        ("keep", 1, ["aB", "AB", "ab", "ba"]),
        ("ignore", 3, ["ab", "ab", "ab", "ba"]),
        ("lower", 3, ["ab", "ab", "ab", "ba"]),
        ("upper", 3, ["AB", "AB", "AB", "BA"]),
    ],
)
def test_case(case, right, labels):
    model = Fixed("aB" if case != "upper" else "AB")
    pixels = np.zeros((4, 16, 64, 1), np.uint8)
    images = LabelledImages(pixels, ("aB", "AB", "ab", "ba"), ("1", "2", "3", "4"))
    report = evaluate(model, images, case=case)
    assert model.case == report.case == (case or "keep")
    assert report.correct == right
    assert [reading.label for reading in report.readings] == labels


def test_options_of_reading_are_handed_on_and_reported():
    model = Fixed("ab")
    images = LabelledImages(np.zeros((1, 16, 64, 1), np.uint8), ("ab",), ("1",))
    plain = evaluate(model, images)
    assert model.options == {"charset": None, "length": None, "pattern": None, "views": None}
    assert plain.options == plain.to_dict()["options"] == {}
    assert "read with" not in plain.to_text()
    options = {"charset": "ab", "length": (1, 2), "pattern": "[ab]+", "views": 3}
    told = evaluate(model, images, **options)
    assert model.options == told.options == told.to_dict()["options"] == options
    assert "read with        charset ab, length (1, 2), pattern [ab]+, views 3" in told.to_text()


def test_a_constraint_changes_what_is_read(small_model, image_folder):
    readings = evaluate(small_model, image_folder, split="all", charset="ab", length=2).readings
    assert all(len(r.reading) == 2 and set(r.reading) <= set("ab") for r in readings)


def test_the_models_own_case_is_the_default():
    model = Fixed("aB")
    model.config = CaptchaConfig("abAB", height=16, width=64, case="ignore")
    images = LabelledImages(np.zeros((1, 16, 64, 1), np.uint8), ("Ab",), ("1",))
    report = evaluate(model, images)
    assert (model.case, report.word_accuracy, report.cer) == ("ignore", 1.0, 0.0)


def test_merged_confidences_are_those_of_the_reliability():
    """A model that is unsure of the case only is sure of the text without it."""

    class Unsure:
        config = CaptchaConfig("aA", "multi-head", 16, 32, options={"places": 1})

        def predict_pixels(self, pixels, closer, **options):
            decoder = Decoder(
                self.config, networks.describe(self.config), ReadingOptions(**options)
            )
            logits = np.log([[[0.02, 0.48, 0.5]]] * len(pixels))
            return decoder.decode(pixels, logits, [Frame(32, 16)] * len(pixels))

    pixels = np.arange(2 * 16 * 32, dtype=np.uint8).reshape(2, 16, 32, 1)
    images = LabelledImages(pixels, ("a", "A"), ("1", "2"))
    kept, ignored = (evaluate(Unsure(), images, case=case) for case in ("keep", "ignore"))
    assert (kept.word_accuracy, kept.reliability.confidence) == (0.5, pytest.approx(0.5))
    assert (ignored.word_accuracy, ignored.reliability.confidence) == (1.0, pytest.approx(0.98))
    assert ignored.reliability.ece == pytest.approx(0.02)
