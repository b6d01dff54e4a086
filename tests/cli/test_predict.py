import csv
import io
import json

import pytest

from tests.conftest import EXAMPLES

EXAMPLE = str(EXAMPLES / "1.png")
SIX = str(EXAMPLES / "6.png")


def test_a_line_ends_with_whether_the_reading_is_accepted(said, model):
    code, out, err = said("predict", EXAMPLE, "--min-confidence", "1")
    text, confidence = model.predict(EXAMPLE).text, model.predict(EXAMPLE).confidence
    assert (code, out) == (0, f"{EXAMPLE}\t{text}\t{confidence:.4f}\tlow confidence\n")
    assert err == "captcha-model: 1 of 1 readings are not accepted\n"


def test_refused_readings_are_counted_among_those_that_were_read(said, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nonsense")
    for form in ([], ["--json"], ["--csv"]):
        code, _, err = said("predict", EXAMPLE, str(bad), SIX, "--min-confidence", "1", *form)
        assert code == 1
        assert "1 of 3 images could not be read\n" in err
        assert err.endswith("captcha-model: 2 of 2 readings are not accepted\n")


def test_json_and_csv_have_the_refusal(said, model):
    expected = model.predict(SIX, min_confidence=1.0)
    assert expected.refusal
    _, out, _ = said("predict", SIX, "--min-confidence", "1", "--json")
    assert json.loads(out) == [{"file": SIX, **expected.to_dict()}]
    _, out, _ = said("predict", SIX, "--min-confidence", "1", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["accepted"], row["refusal"]) == ("false", expected.refusal)
    assert row["runner_up"] == expected.runner_up.text


@pytest.mark.parametrize(
    ("arguments", "how"),
    [
        (["--charset", "w52"], {"charset": "w52"}),
        (["--length", "4"], {"length": 4}),
        (["--length", "6-"], {"length": (6, None)}),
        (["--length", "-4"], {"length": (None, 4)}),
        (["--pattern", r"\d{4}"], {"pattern": r"\d{4}"}),
        (["--beam-width", "0"], {"beam_width": 0}),
    ],
)
def test_what_is_said_of_the_texts_reaches_the_model(said, model, arguments, how):
    code, out, _ = said("predict", SIX, *arguments)
    assert code == 0
    assert out.split("\t")[1] == model.predict(SIX, **how).text


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("--pattern", "a{", "The pattern 'a{' cannot be understood at '{'"),
        ("--charset", "ß", "No text is left"),
        ("--length", "6-4", "length is a whole number"),
        ("--length", "900", "The model reads up to 50 characters"),
    ],
)
def test_what_no_text_of_the_model_can_be_fails(said, option, value, what):
    code, out, err = said("predict", EXAMPLE, option, value)
    assert (code, out) == (1, "")
    assert err.startswith(f"captcha-model: error: {what}")


def test_bad_values_are_bad_usage(said):
    code, _, err = said("predict", EXAMPLE, "--length", "long")
    assert code == 2
    assert "'long' is not a length such as 5, 4-6, 4- or -6." in err
