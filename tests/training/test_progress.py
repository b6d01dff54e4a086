"""The bar over the epochs on a terminal, and the lines elsewhere."""

import io

import pytest

from captcha_model.training.callbacks import Progress
from captcha_model.training.history import EpochRecord
from captcha_model.training.progress import EpochBar, best_figures, epoch_bar, epoch_line
from captcha_model.training.reporter import Reporter
from captcha_model.training.resume.state import TrainingState
from captcha_model.training.run_config.settings import TrainingSettings

RECORD = EpochRecord(3, 12.5, 1e-3, 0.25, 0.5, 0.0321, 0.912)
ALONE = EpochRecord(3, 12.5, 1e-3, 0.25)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_line_of_an_epoch_has_its_figures():
    assert epoch_line(RECORD, is_best=True) == (
        "epoch   3    12.5 s  loss   0.250  validation: loss   0.500  CER   3.21%  words  91.20% *"
    )
    assert epoch_line(ALONE, is_best=True) == "epoch   3    12.5 s  loss   0.250"


def test_the_best_figures_stand_behind_the_bar():
    assert best_figures(RECORD) == "best: epoch 3, words 91.2%, CER 3.2%"
    assert best_figures(ALONE) == "loss 0.250"


def run(monkeypatch, stderr: io.StringIO, *, epoch_bar: bool = True) -> dict[str, list[str]]:
    """Let two epochs of two steps report, and return what lines and log got."""
    monkeypatch.setattr("sys.stderr", stderr)
    told: dict[str, list[str]] = {"line": [], "log": []}
    reporter = Reporter(told["line"].append, log=told["log"].append, epoch_bar=epoch_bar)
    state = TrainingState("words")
    settings = TrainingSettings(epochs=2)
    progress = Progress(state, steps=2, settings=settings, reporter=reporter)
    for epoch in range(2):
        progress.on_epoch_begin(epoch)
        for batch in range(2):
            progress.on_train_batch_end(batch)
        state.add(EpochRecord(epoch + 1, 1.0, 1e-3, 0.5, 0.5, 0.1, 0.5 + epoch / 4), [])
        progress.on_epoch_end(epoch)
    progress.close()
    return told


def test_a_terminal_gets_a_bar_and_the_log_the_lines(monkeypatch):
    terminal = Terminal()
    told = run(monkeypatch, terminal)
    assert told["line"] == []
    assert [line[:9] for line in told["log"]] == ["epoch   1", "epoch   2"]
    last = terminal.getvalue().rpartition("\r")[2]
    assert "epoch 2 of 2 100%|" in last
    assert " left, best: epoch 2, words 75.0%, CER 10.0%" in last


@pytest.mark.parametrize(("stderr", "bar"), [(io.StringIO(), True), (Terminal(), False)])
def test_a_file_gets_one_line_an_epoch_and_no_bar(monkeypatch, stderr, bar):
    told = run(monkeypatch, stderr, epoch_bar=bar)
    assert [line[:9] for line in told["line"]] == ["epoch   1", "epoch   2"]
    assert told["log"] == []
    assert stderr.getvalue() == ""


def test_the_time_that_is_left_is_that_of_the_average_step_but_the_first(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    clock = [0.0]
    bar = EpochBar(10, initial=4)
    bar._time = lambda: clock[0]
    bar.start_t = 0.0
    assert bar.format_dict["left"] == "?"
    for seconds in (60.0, 61.0, 62.0):
        clock[0] = seconds
        bar.n += 1
        shown = bar.format_dict
    # The first step took a minute, each other one a second.
    assert shown["left"] == "00:03"
    bar.close()


def test_a_time_limit_bounds_the_time_that_is_left(monkeypatch):
    monkeypatch.setattr("sys.stderr", Terminal())
    bar = EpochBar(10, seconds=90.0)
    bar._time = lambda: 30.0
    bar.start_t = 0.0
    assert bar.format_dict["left"] == "01:00"
    bar.close()


def test_several_trainings_share_a_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with epoch_bar(4, "training 2 models", shown=True) as bar:
        bar.update(4)
    assert "training 2 models 100%|" in terminal.getvalue()
