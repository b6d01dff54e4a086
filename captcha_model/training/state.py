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
from captcha_model.training.history import EpochRecord, best_of


@dataclass
class TrainingState:
    """The history so far, and the weights of its best epoch.

    Attributes:
        monitor: what makes an epoch better; see `EpochRecord.quality`.
        history: one record for every finished epoch.
        best_weights: the network's weights after the best one, in the order of `get_weights`.
    """

    monitor: str = "words"
    history: list[EpochRecord] = field(default_factory=list)
    best_weights: list[npt.NDArray[Any]] = field(default_factory=list)

    @property
    def epochs_done(self) -> int:
        """How many epochs are finished."""
        return len(self.history)

    @property
    def best(self) -> EpochRecord | None:
        """The record of the best epoch; None before the first one ended."""
        return best_of(self.history, self.monitor)

    def add(self, record: EpochRecord, weights: list[npt.NDArray[Any]]) -> bool:
        """Take in a finished epoch; True if it is the best so far."""
        self.history.append(record)
        if self.best is not record:
            return False
        self.best_weights = weights
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
        "monitor": state.monitor,
        "history": [asdict(record) for record in state.history],
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
    return TrainingState(facts["monitor"], history, _group(arrays, "best"))


def _values(variables: list[Any]) -> list[npt.NDArray[Any]]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _group(arrays: dict[str, npt.NDArray[Any]], name: str) -> list[npt.NDArray[Any]]:
    count = sum(key.startswith(f"{name}/") for key in arrays)
    return [arrays[f"{name}/{i}"] for i in range(count)]


def _assign(variables: list[Any], values: list[npt.NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
