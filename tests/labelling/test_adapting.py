from pathlib import Path

import pytest

from captcha_model.cli import main
from captcha_model.errors import TrainingError
from captcha_model.labelling.adapting import Adapting, error_of, train_arguments
from captcha_model.labelling.session import LabelOptions


def test_characters_and_paths_may_begin_with_a_dash(capsys):
    arguments = train_arguments(Path("-x/labels.jsonl"), Path("-y"))
    options = LabelOptions(characters="-+0123456789").train_options()
    assert main([*arguments, *options]) == 1
    assert "'-x/labels.jsonl' does not exist" in capsys.readouterr().err


def test_the_error_of_a_training_is_found_among_its_lines():
    lines = ["a warning", "captcha-model: error: The labels are few.", "See captcha-model --help."]
    assert error_of(lines) == "The labels are few."
    lines = ["captcha-model train: error: argument --out: expected one argument", "See it."]
    assert error_of(lines) == "argument --out: expected one argument"
    assert error_of(["Traceback", "KeyError: 3"]) == "The training ended with: KeyError: 3"
    assert error_of([]) == ""


@pytest.mark.slow
def test_a_training_that_fails_says_why(tmp_path):
    training = Adapting(tmp_path / "labels.jsonl", tmp_path / "run", ["--epochs"])
    with pytest.raises(TrainingError, match="argument --epochs: expected one argument"):
        training.wait()
