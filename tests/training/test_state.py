from captcha_model.training.history import EpochRecord
from captcha_model.training.state import TrainingState


def record(epoch: int, words: float, cer: float) -> EpochRecord:
    return EpochRecord(epoch, 0.0, 1e-3, 1.0, 1.0, cer, words)


def test_the_best_weights_are_those_of_the_best_epoch():
    state = TrainingState()
    assert state.best is None
    assert state.add(record(1, 0.5, 0.1), ["first"])
    assert not state.add(record(2, 0.4, 0.1), ["second"])
    assert state.best_weights == ["first"]
    assert state.best == record(1, 0.5, 0.1)
    assert state.epochs_done == 2


def test_the_monitor_decides():
    state = TrainingState("cer")
    state.add(record(1, 0.5, 0.1), ["first"])
    assert state.add(record(2, 0.4, 0.05), ["second"])
    assert state.best_weights == ["second"]
