"""What the page offers after a rejected reading."""

import shlex

import pytest

from captcha_model.cli import build_parser
from captcha_model.prediction import Prediction
from demo.serving.models import AUTO, ServedModel
from demo.ui.next_steps import TRAINING, next_steps_html

FIRST = ServedModel("first", "<captchas>", "ab", (), is_bundled=True)
GENERAL = ServedModel("general", "any look", "abc", (), is_bundled=True)
CHOICE = ServedModel(AUTO, "either kind", "abc", (), is_bundled=True)
MINE = ServedModel("mine", "tickets", "xyz", (), is_bundled=False)
ALL = [MINE, CHOICE, FIRST, GENERAL]


def steps(reason, asked=FIRST, model="first", text="ab", models=ALL) -> str:
    reading = Prediction(text, 0.1, (), 9, 9, rejection_reason=reason, model=model)
    return next_steps_html(reading, asked, models)


def offered(html: str) -> list[str]:
    names = ("first", "general", "mine", AUTO)
    return [name for name in names if f'data-read-with="{name}"' in html]


def test_an_accepted_reading_needs_none():
    assert steps(None) == ""


def test_constraints_are_to_be_checked():
    assert "Check what is given under Options" in steps("CONSTRAINT_UNLIKELY")


@pytest.mark.parametrize("reason", ["OUT_OF_DISTRIBUTION", "NO_TEXT", "LOW_CONFIDENCE"])
def test_the_model_and_its_alternatives_are_named(reason):
    html = steps(reason)
    assert "The model <b>first</b> reads &lt;captchas&gt;" in html
    assert offered(html) == ["general", "mine"]
    assert "Train on your own images" in html
    assert "captcha-model train --data my-images/labels.jsonl --out runs/mine" in html


def test_what_was_tried_is_not_offered_again():
    assert offered(steps("OUT_OF_DISTRIBUTION", CHOICE, "general")) == ["mine"]
    assert offered(steps("OUT_OF_DISTRIBUTION", MINE, None)) == ["first", "general"]
    assert "The model <b>mine</b> reads tickets" in steps("OUT_OF_DISTRIBUTION", MINE, None)
    assert "The model <b>general</b>" in steps("OUT_OF_DISTRIBUTION", CHOICE, "general")


def test_without_a_text_there_is_no_guess():
    assert "best guess" in steps("LOW_CONFIDENCE")
    assert "best guess" not in steps("NO_TEXT", text="")


def test_the_commands_of_a_training_are_some_that_the_program_takes():
    html = steps("OUT_OF_DISTRIBUTION")
    for command in TRAINING:
        assert command.replace("'", "&#x27;") in html
        program, *words = shlex.split(command)
        assert program == "python" or callable(build_parser().parse_args(words).run)
    assert "Twenty are a start" in html
