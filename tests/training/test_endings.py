from pathlib import Path

import pytest

from captcha_model.training.endings import ending, told
from captcha_model.training.history import EpochRecord
from captcha_model.training.resume.state import TrainingState
from captcha_model.training.run_config.settings import TrainingSettings

FOLDER = Path("runs/mine")


def state(*accuracies: float, seconds: float = 30.0) -> TrainingState:
    """Return the state after one epoch for each accuracy, each of as many seconds."""
    return TrainingState(
        "words",
        [
            EpochRecord(n, seconds * n, 1e-3, 1.0, 1.0, 0.1, accuracy)
            for n, accuracy in enumerate(accuracies, 1)
        ],
    )


@pytest.mark.parametrize(
    ("accuracies", "settings", "reason"),
    [
        ((), {}, None),
        ((0.1, 0.2), {}, None),
        ((0.1, 0.2, 0.3), {}, "epochs"),
        ((0.3, 0.2), {"patience": 1}, "patience"),
        ((0.2, 0.3), {"patience": 1}, None),
        ((0.2, 0.3), {"minutes": 1.0}, "minutes"),
        ((0.2,), {"minutes": 1.0}, None),
        # What is done is done, whatever else would have ended it.
        ((0.3, 0.2, 0.1), {"minutes": 1.0, "patience": 1}, "epochs"),
    ],
)
def test_why_a_training_ends(accuracies, settings, reason):
    assert ending(state(*accuracies), TrainingSettings(epochs=3, **settings)) == reason


def test_a_training_that_did_all_says_nothing_unless_it_had_nothing_to_do():
    settings = TrainingSettings(epochs=2)
    assert told("epochs", state(0.1, 0.2), settings, FOLDER, trained=True) == ""
    line = told("epochs", state(0.1, 0.2), settings, FOLDER, trained=False)
    assert line == "All 2 epochs were done already: nothing was trained."


def test_how_to_go_on_is_told_where_it_can_be_done():
    settings = TrainingSettings(epochs=8, minutes=0.5, patience=2)
    time = told("minutes", state(0.1, 0.2), settings, FOLDER, trained=True)
    assert time == (
        "Stopped after epoch 2 of 8, because the 0.5 minutes of --minutes are over. To go on: "
        "--resume --out runs/mine --minutes 1, which counts from the first start, or --minutes "
        "none."
    )
    patience = told("patience", state(0.1, 0.2), settings, FOLDER, trained=False)
    assert patience == (
        "Nothing was trained: the run had stopped after epoch 2 of 8, because 2 epochs brought no "
        "progress (--patience). To go on: --resume --out runs/mine --patience none."
    )
    assert "--resume" not in told("minutes", state(0.1), settings, None, trained=True)
