import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.training.history import (
    EpochRecord,
    best_of,
    epochs_without_progress,
    plateaus,
)


def record(epoch: int, words: float, cer: float, loss: float) -> EpochRecord:
    return EpochRecord(epoch, 0.0, 1e-3, 1.0, loss, cer, words)


def best(*records: EpochRecord, monitor: str = "words") -> int:
    found = best_of(records, monitor)
    assert found is not None
    return found.epoch


def losses(*values: float) -> list[EpochRecord]:
    return [record(i, 0.0, 1.0, value) for i, value in enumerate(values, start=1)]


def test_words_count_before_characters_and_both_before_the_loss():
    assert best(record(1, 0.5, 0.1, 9.0), record(2, 0.4, 0.05, 1.0)) == 1
    assert best(record(1, 0.5, 0.1, 1.0), record(2, 0.5, 0.05, 9.0)) == 2


def test_other_monitors():
    pair = (record(1, 0.5, 0.1, 9.0), record(2, 0.4, 0.05, 10.0))
    assert best(*pair, monitor="cer") == 2
    assert best(*pair, monitor="loss") == 1


def test_of_equals_the_later_counts():
    assert best(record(1, 0.5, 0.1, 1.0), record(2, 0.5, 0.1, 9.0)) == 2


def test_before_the_first_word_or_character_the_loss_decides():
    assert best(record(1, 0, 1.0, 5.0), record(2, 0, 1.5, 4.0), record(3, 0, 0.9, 4.5)) == 2
    assert best(record(1, 0, 1.0, 0.1), record(2, 0.01, 2.0, 99.0)) == 2
    early = (record(1, 0, 0.9, 9.0), record(2, 0, 1.0, 5.0))
    assert best(*early, monitor="cer") == 2
    assert best(*early, record(3, 0.1, 1.2, 9.0), monitor="cer") == 3


def test_there_is_no_best_of_nothing():
    assert best_of([], "words") is None
    assert epochs_without_progress([], "loss") == 0


def test_waiting_counts_from_the_last_progress_and_equals_are_none():
    assert epochs_without_progress(losses(3, 2, 2, 2), "loss") == 2
    assert epochs_without_progress(losses(3, 2, 4, 1), "loss") == 0
    assert epochs_without_progress(losses(1, 2, 3), "loss") == 2


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([], 0),
        ([5, 4, 3], 0),
        ([5, 5], 0),
        ([5, 5, 5], 1),
        ([5, 5, 5, 5], 1),
        ([5, 5, 5, 5, 5], 2),
        ([5, 5, 4, 4, 4], 1),
        ([5, 6, 7, 4, 9, 9], 2),
    ],
)
def test_plateaus_of_two_epochs(values, count):
    assert plateaus(losses(*values), "loss", 2) == count


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 5))
def test_a_longer_history_never_has_fewer_plateaus(values, patience):
    counts = [plateaus(losses(*values[:n]), "loss", patience) for n in range(len(values) + 1)]
    assert counts == sorted(counts)
    assert counts[-1] <= max(0, len(values) - 1) // patience
