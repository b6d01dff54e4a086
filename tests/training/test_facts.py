from signal import Signals

import pytest

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model_card import today
from captcha_model.prediction import Prediction
from captcha_model.training.facts import changed_settings, data_name, run_facts
from captcha_model.training.history import EpochRecord
from captcha_model.training.result import FitResult
from captcha_model.training.resume.state import TrainingState
from captcha_model.training.run_config.run import Run, recipes

HISTORY = [
    EpochRecord(epoch, 2.0 * epoch, 1e-3, 1.0, 1.0, 0.5, accuracy)
    for epoch, accuracy in ((1, 0.25), (2, 0.75), (3, 0.5))
]


@pytest.fixture
def facts_of(synthetic, small_model):
    """Return the facts of a run over sixteen synthetic captchas, twelve of them for training."""

    def call(*mappings, interrupted: bool = False):
        run = Run.from_mappings(*mappings)
        training, validation = synthetic.select(range(12)), synthetic.select(range(12, 16))
        readings = [Prediction(label, 0.9, (), 200, 50) for label in validation.labels]
        report = EvaluationReport.from_readings(validation.names, validation.labels, readings)
        signal = Signals.SIGINT if interrupted else None
        fitted = FitResult(small_model, TrainingState("words", HISTORY), (5, 5), signal)
        return run_facts(run, training, validation, fitted, report)

    return call


def test_a_run_tells_what_it_did(facts_of):
    facts = facts_of({"data": {"source": "/home/alice/plates", "synthetic": 5}})
    training = facts.training
    assert (training.recipe, training.data, training.changed) == ("crnn", "plates", {})
    assert (training.images, training.synthetic, training.validation_images) == (7, 5, 4)
    assert (training.epochs, training.best_epoch, training.seconds) == (3, 2, 6.0)
    assert (training.lengths, training.seed, training.date) == ((5, 5), 0, today())
    (evaluation,) = facts.evaluations
    assert (evaluation.split, evaluation.correct, evaluation.images) == ("validation", 4, 4)
    assert evaluation.command == (
        "captcha-model evaluate --data plates --split validation --model MODEL"
    )


def test_what_is_kept_is_the_best_epoch_or_the_last(facts_of):
    last = {"training": {"restore_best": False}}
    assert facts_of(last).training.best_epoch is None
    assert facts_of(last, interrupted=True).training.best_epoch == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"source": "my images", "label_suffix": True}, ["'my images'", "--label-suffix"]),
        ({"source": "x", "label_regex": "(.+)-.+"}, ["--label-regex '(.+)-.+'"]),
        ({"source": "x", "splits": "folders"}, ["--split validation --splits folders"]),
        ({"source": "x", "validation_fraction": 0.25}, ["--only-listed val.csv"]),
        ({"source": "x", "validation_limit": 4}, ["--only-listed val.csv"]),
        ({"source": "mjsynth:/data/90kDICT32px"}, ["--data mjsynth:90kDICT32px "]),
    ],
)
def test_the_command_reads_the_images_that_judged(facts_of, data, words):
    (evaluation,) = facts_of({"data": data}).evaluations
    assert all(word in evaluation.command for word in words)
    assert "/" not in evaluation.command


@pytest.mark.parametrize("recipe", recipes())
def test_a_recipe_as_it_is_changes_nothing(recipe):
    assert changed_settings(Run.from_mappings({"recipe": recipe, "training": {"seed": 9}})) == {}


def test_the_options_of_the_source_are_told_and_its_place_is_not():
    data = {"source": "/home/ann/x", "strict": True, "columns": ["file", "text"]}
    run = Run.from_mappings({"data": {**data, "splits": "folders"}})
    assert changed_settings(run) == {
        "data.columns": '["file", "text"]',
        "data.splits": '"folders"',
    }


def test_what_was_changed_is_told_by_its_name():
    run = Run.from_mappings(
        {
            "recipe": "residual",
            "model": {"options": {"filters": 4}, "width": 100},
            "training": {"epochs": 7, "augmentation": {"rotation": 3}, "patience": None},
        }
    )
    assert changed_settings(run) == {
        "model.width": "100",
        "model.options": '{"filters": 4}',
        "training.epochs": "7",
        "training.augmentation": '{"rotation": 3.0}',
        "training.patience": "null",
    }


def test_a_training_on_drawn_images_says_so_and_keeps_paths_private():
    run = Run.from_mappings(
        {"recipe": "general", "training": {"init": "/home/someone/runs/first/model"}}
    )
    assert changed_settings(run) == {"training.init": '"model"'}
    assert data_name(run) == "synthetic:any"
