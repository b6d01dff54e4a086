"""Everything that a training run must remember to go on exactly where it was."""

import io
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from captcha_model.errors import TrainingError
from captcha_model.files import write_atomically


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch gave.

    Attributes:
        epoch: counted from 1.
        seconds: wall time since training began, over all its runs.
        learning_rate: at the epoch's end.
        loss: the mean CTC loss of the training batches, as augmented.
        val_loss: the mean CTC loss of the validation part.
        val_cer: its character error rate.
        val_word_accuracy: its share of texts read without a mistake.
    """

    epoch: int
    seconds: float
    learning_rate: float
    loss: float
    val_loss: float
    val_cer: float
    val_word_accuracy: float

    @property
    def quality(self) -> tuple[float, float, float]:
        """What makes one epoch better than another: more words read, then fewer errors.

        The loss counts only until the first word is read. Later it mostly tells how surely the few
        images with a wrong label are read as they should be.
        """
        if self.val_word_accuracy == 0:
            return (0.0, -1.0, -self.val_loss)
        return (self.val_word_accuracy, -self.val_cer, 0.0)


@dataclass
class TrainingState:
    """The history so far, and the weights of its best epoch.

    Attributes:
        history: one record for every finished epoch.
        best: the record of the best one; None before the first.
        best_weights: the network's weights after it, in the order of `get_weights`.
    """

    history: list[EpochRecord] = field(default_factory=list)
    best: EpochRecord | None = None
    best_weights: list[npt.NDArray[Any]] = field(default_factory=list)

    @property
    def epochs_done(self) -> int:
        """How many epochs are finished."""
        return len(self.history)

    def add(self, record: EpochRecord, weights: list[npt.NDArray[Any]]) -> bool:
        """Take in a finished epoch; True if it is the best so far.

        Of equally good ones the later counts, because the learning rate has fallen further.
        """
        self.history.append(record)
        if self.best is not None and record.quality < self.best.quality:
            return False
        self.best, self.best_weights = record, weights
        return True


def save_state(
    path: Path, state: TrainingState, network: keras.Model, purpose: dict[str, Any]
) -> None:
    """Write one file with the state, the network, its optimiser and its random states.

    Args:
        path: replaced atomically.
        state: the history and the best weights.
        network: compiled; its variables include the random states of its dropout layers.
        purpose: what the run was told, compared when the file is read.
    """
    arrays: dict[str, Any] = {f"network/{i}": v for i, v in enumerate(_values(network.variables))}
    arrays |= {f"optimizer/{i}": v for i, v in enumerate(_values(network.optimizer.variables))}
    arrays |= {f"best/{i}": v for i, v in enumerate(state.best_weights)}
    facts = {
        "purpose": purpose,
        "history": [asdict(record) for record in state.history],
        "best_epoch": None if state.best is None else state.best.epoch,
    }
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def load_state(path: Path, network: keras.Model, purpose: dict[str, Any]) -> TrainingState:
    """Read `save_state`'s file back into a compiled network, and return the state.

    Raises:
        TrainingError: no such file, a damaged one, or one of a run with other settings.
    """
    if not path.exists():
        raise TrainingError(f"There is nothing to resume: {path} does not exist.")
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        facts = json.loads(arrays.pop("facts").tobytes())
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise TrainingError(f"{path} is damaged and cannot be resumed.") from error
    changed = sorted(k for k in purpose if facts["purpose"].get(k) != purpose[k])
    if changed:
        raise TrainingError(
            "The run to resume was started with other settings: "
            + ", ".join(f"{k} was {facts['purpose'].get(k)!r}, not {purpose[k]!r}" for k in changed)
            + ". Give the same, or train afresh without --resume."
        )
    network.optimizer.build(network.trainable_variables)
    _assign(network.variables, _group(arrays, "network"))
    _assign(network.optimizer.variables, _group(arrays, "optimizer"))
    history = [EpochRecord(**record) for record in facts["history"]]
    best = None if facts["best_epoch"] is None else history[facts["best_epoch"] - 1]
    return TrainingState(history, best, _group(arrays, "best"))


def _values(variables: list[Any]) -> list[npt.NDArray[Any]]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _group(arrays: dict[str, npt.NDArray[Any]], name: str) -> list[npt.NDArray[Any]]:
    count = sum(key.startswith(f"{name}/") for key in arrays)
    return [arrays[f"{name}/{i}"] for i in range(count)]


def _assign(variables: list[Any], values: list[npt.NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
