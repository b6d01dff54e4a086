import argparse

import pytest

from captcha_model.cli.reading_options import add_reading_options, reading_options
from captcha_model.inference.options import ReadingOptions


def parsed(*arguments: str) -> ReadingOptions:
    parser = argparse.ArgumentParser()
    add_reading_options(parser)
    return reading_options(parser.parse_args(arguments))


def test_the_arguments_become_reading_options():
    assert parsed() == ReadingOptions()
    given = parsed(
        *("--min-confidence", "0.99", "--charset", "0123", "--length", "-6"),
        *("--pattern", r"[a-f]{2}\d{4}", "--beam-width", "0"),
        *("--frames", "darkest", "--arithmetic"),
    )
    assert given == ReadingOptions(
        min_confidence=0.99,
        charset="0123",
        length=(None, 6),
        pattern=r"[a-f]{2}\d{4}",
        beam_width=0,
        frames="darkest",
        arithmetic=True,
    )


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--min-confidence", "1.01", "from 0 to 1"),
        ("--min-confidence", "nan", "from 0 to 1"),
        ("--min-confidence", "high", "from 0 to 1"),
        ("--length", "many", "not a length"),
        ("--length", "3-2", "whole number from 0 to 1024"),
        ("--beam-width", "-1", "whole number"),
        ("--beam-width", "1025", "from 0 to 1024"),
    ],
)
def test_bad_values_are_bad_usage(option, value, message, capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(f"{option}={value}")
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
