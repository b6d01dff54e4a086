import argparse
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.cli.constraining import add_constraint_options, parse_length, read_options
from captcha_model.errors import ConstraintError
from captcha_model.inference.decoder import ReadOptions


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5", 5),
        ("0", 0),
        ("4-6", (4, 6)),
        (" 4 - 6 ", (4, 6)),
        ("4-", (4, None)),
        ("-6", (None, 6)),
        ("007", 7),
    ],
)
def test_lengths(text, length):
    assert parse_length(text) == length


@pytest.mark.parametrize(
    "text", ["", "-", "--", "a", "4-a", "4-6-8", "4.5", "+4", "²", "٤", "9" * 10, "1e3"]
)
def test_what_is_no_length(text):
    with pytest.raises(ConstraintError, match="not a length such as"):
        parse_length(text)


@given(st.text(max_size=12))
def test_only_what_looks_like_a_length_is_one(text):
    try:
        parse_length(text)
    except ConstraintError:
        assert not re.fullmatch(r"[0-9]{1,9}|[0-9]{1,9}-[0-9]{0,9}|-[0-9]{1,9}", text)
    else:
        assert re.fullmatch(r"\s*([0-9]+\s*(-\s*[0-9]*)?|-\s*[0-9]+)\s*", text)


def parsed(*arguments: str) -> ReadOptions:
    parser = argparse.ArgumentParser()
    add_constraint_options(parser)
    return read_options(parser.parse_args(arguments))


def test_options_are_what_predict_takes():
    assert parsed() == ReadOptions(
        min_confidence=None, charset=None, length=None, pattern=None, beam_width=8
    )
    said = parsed(
        *("--min-confidence", "0.99", "--charset", "0123", "--length", "-6"),
        *("--pattern", r"[a-f]{2}\d{4}", "--beam-width", "0"),
    )
    assert said == ReadOptions(
        min_confidence=0.99,
        charset="0123",
        length=(None, 6),
        pattern=r"[a-f]{2}\d{4}",
        beam_width=0,
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--min-confidence", "1.01", "from 0 to 1"),
        ("--min-confidence", "nan", "from 0 to 1"),
        ("--min-confidence", "high", "from 0 to 1"),
        ("--length", "many", "not a length"),
        ("--beam-width", "-1", "whole number"),
        ("--beam-width", "1025", "up to 1024"),
    ],
)
def test_bad_values_are_bad_usage(option, value, said, capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(f"{option}={value}")
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
