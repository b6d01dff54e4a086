from captcha_model.training.state import EpochRecord, TrainingState


def record(epoch: int, words: float, cer: float, loss: float) -> EpochRecord:
    return EpochRecord(epoch, 0.0, 1e-3, 1.0, loss, cer, words)


def best_of(*records: EpochRecord) -> int:
    state = TrainingState()
    for item in records:
        state.add(item, [])
    assert state.best is not None
    assert state.epochs_done == len(records)
    return state.best.epoch


def test_words_count_before_characters_and_both_before_the_loss():
    assert best_of(record(1, 0.5, 0.1, 9.0), record(2, 0.4, 0.05, 1.0)) == 1
    assert best_of(record(1, 0.5, 0.1, 1.0), record(2, 0.5, 0.05, 9.0)) == 2


def test_of_equals_the_later_counts():
    assert best_of(record(1, 0.5, 0.1, 1.0), record(2, 0.5, 0.1, 9.0)) == 2


def test_before_the_first_word_the_loss_decides():
    assert best_of(record(1, 0, 1.0, 5.0), record(2, 0, 1.5, 4.0), record(3, 0, 0.9, 4.5)) == 2
    assert best_of(record(1, 0, 1.0, 0.1), record(2, 0.01, 2.0, 99.0)) == 2


def test_the_best_weights_are_those_of_the_best_epoch():
    state = TrainingState()
    assert state.add(record(1, 0.5, 0.1, 1.0), ["first"])
    assert not state.add(record(2, 0.4, 0.1, 1.0), ["second"])
    assert state.best_weights == ["first"]
