import dataclasses

import numpy as np
import pytest

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConstraintError, ConstraintWarning
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.prediction import Frame, Prediction

PIXELS = np.arange(16 * 32, dtype=np.uint8).reshape(1, 16, 32, 1)
FRAME = Frame(200, 50)


def config_of(characters: str, **values) -> CaptchaConfig:
    return CaptchaConfig(characters, "multi-head", 16, 32, options={"places": 2}, **values)


BOTH_CASES = config_of("aAbB")
# "aB" in any case has 0.9 * 0.8. The first letter is likelier in upper case, the second in lower.
LOGITS = np.log([[0.04, 0.4, 0.5, 0.03, 0.03], [0.05, 0.05, 0.1, 0.45, 0.35]])


def read(config: CaptchaConfig = BOTH_CASES, logits: np.ndarray = LOGITS, **options) -> Prediction:
    decoder = Decoder(config, networks.describe(config), ReadingOptions(**options))
    decoder.warn()
    (reading,) = decoder.decode(PIXELS, logits[None], [FRAME])
    return reading


@pytest.mark.parametrize(
    ("case", "text", "confidence", "other"),
    [
        ("keep", "Ab", 0.5 * 0.45, "ab"),
        ("ignore", "Ab", 0.9 * 0.8, "AA"),
        ("lower", "ab", 0.9 * 0.8, "aa"),
        ("upper", "AB", 0.9 * 0.8, "AA"),
    ],
)
def test_texts_confidences_and_runners_up(case, text, confidence, other):
    reading = read(case=case)
    assert (reading.text, reading.confidence) == (text, pytest.approx(confidence))
    assert reading.runner_up.text == other
    assert "".join(c.text for c in reading.characters) == text


def test_the_models_own_case_is_the_default():
    ignoring = dataclasses.replace(BOTH_CASES, case="ignore")
    assert read(ignoring) == read(case="ignore")
    assert read(ignoring, case="keep") == read()


def test_the_probabilities_of_an_inspection_are_the_networks():
    decoder = Decoder(BOTH_CASES, networks.describe(BOTH_CASES), ReadingOptions(case="lower"))
    (inspection,) = decoder.inspect(PIXELS, LOGITS[None], [FRAME])
    assert inspection.probabilities == pytest.approx(np.exp(LOGITS))
    assert inspection.reading.text == "ab"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"case": "lower", "pattern": "[a-z]{2}"}, "ab"),
        ({"case": "upper", "pattern": "[A-Z]{2}"}, "AB"),
        ({"case": "ignore", "pattern": "[a-z]{2}"}, "Ab"),
        ({"case": "ignore", "pattern": "[A-Z]{2}"}, "Ab"),
        ({"case": "ignore", "pattern": "[^A]."}, "bb"),
        ({"case": "ignore", "charset": "B"}, "bb"),
        ({"case": "upper", "charset": "B", "length": 2}, "BB"),
        ({"case": "lower", "charset": "b", "length": 2}, "bb"),
        ({"case": "keep", "pattern": "[a-z]{2}"}, "ab"),
    ],
)
def test_constraints_are_of_the_texts_that_are_shown(options, text):
    reading = read(**options)
    assert reading.text == text
    if options.get("pattern") == "[a-z]{2}" and options["case"] != "keep":
        assert reading.constraint_probability == pytest.approx(0.96 * 0.95)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"case": "lower", "pattern": "[A-Z]{2}"}, "only in the other case: 'ab'. Use that case"),
        ({"case": "upper", "charset": "a"}, "The model knows 'a' of charset only in the other"),
        ({"case": "lower", "charset": "x"}, "the model knows only the characters 'ab'"),
    ],
)
def test_constraints_of_the_other_case_are_errors(options, message):
    with pytest.raises(ConstraintError, match=message.replace("(", r"\(")):
        read(**options)


def test_what_the_model_does_not_know_in_either_case_is_named():
    with pytest.warns(ConstraintWarning, match="does not know 'X' of charset.* It knows 'aAbB'"):
        read(case="ignore", charset="AX")
    with pytest.warns(ConstraintWarning, match="does not know 'x' of charset.* It knows 'ab'"):
        read(case="lower", charset="ax")


ONE_CASE = np.log([[0.04, 0.9, 0.06], [0.1, 0.1, 0.8]])


@pytest.mark.parametrize("characters", ["ab", "AB", "2ß"])
def test_of_a_vocabulary_with_one_case_only_the_shown_case_changes(characters):
    config = config_of(characters)
    kept = read(config, ONE_CASE)
    assert read(config, ONE_CASE, case="ignore") == kept
    for case in ("lower", "upper"):
        reading = read(config, ONE_CASE, case=case)
        assert reading.text == {"2ß": "2ß"}.get(characters, getattr(characters, case)())
        assert reading.confidence == kept.confidence
        assert [c.confidence for c in reading.characters] == [c.confidence for c in kept.characters]


def test_a_pattern_in_the_other_case_than_the_vocabulary():
    assert read(config_of("ab"), ONE_CASE, case="ignore", pattern="[A-Z]{2}").text == "ab"
    assert read(config_of("ab"), ONE_CASE, case="upper", pattern="[A-Z]{2}").text == "AB"
    assert read(config_of("AB"), ONE_CASE, case="ignore", charset="ab").text == "AB"


def test_the_logical_order():
    config = config_of("aAאב", reading_order="logical")
    logits = np.log([[0.05, 0.02, 0.01, 0.9, 0.02], [0.05, 0.02, 0.01, 0.02, 0.9]])
    readings = [read(config, logits, case=case) for case in ("keep", "ignore", "lower", "upper")]
    assert {reading.text for reading in readings} == {"בא"}
