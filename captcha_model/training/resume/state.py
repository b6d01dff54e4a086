"""Everything that a training run must remember to go on exactly where it was."""

import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from captcha_model.errors import TrainingError
from captcha_model.training.history import EpochRecord, best_of
from captcha_model.training.resume.checkpoints import DAMAGED

# What a zip archive, NumPy and JSON raise on bytes that are not theirs.
_BROKEN = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError, RecursionError),
)


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


def pack_state(state: TrainingState, network: keras.Model, purpose: dict[str, Any]) -> bytes:
    """Return one file with the state, the network, its optimiser and its random states.

    Args:
        state: the history and the best weights.
        network: compiled; its variables include the random states of its dropout layers, and its
            optimiser's the number of the step.
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
    return buffer.getvalue()


def load_state(path: Path, network: keras.Model, purpose: dict[str, Any]) -> TrainingState:
    """Read `pack_state`'s file back into a compiled network, and return the state.

    Raises:
        TrainingError: a damaged file, or one of a run with other settings or another network.
    """
    try:
        # The archive has a checksum of every array.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = dict(stored)
        facts = json.loads(arrays.pop("facts").tobytes())
        history = [EpochRecord(**record) for record in facts["history"]]
        state = TrainingState(facts["monitor"], history, _group(arrays, "best"))
        told = dict(facts["purpose"])
    except _BROKEN as error:
        raise TrainingError(f"{path} is damaged and cannot be resumed.", code=DAMAGED) from error
    changed = sorted(k for k in purpose if told.get(k) != purpose[k])
    if changed:
        raise TrainingError(
            "The run to resume was started with other settings: "
            + ", ".join(f"{k} was {told.get(k)!r}, not {purpose[k]!r}" for k in changed)
            + ". Give the same, or train afresh without --resume."
        )
    network.optimizer.build(network.trainable_variables)
    try:
        _assign(network.variables, _group(arrays, "network"))
        _assign(network.optimizer.variables, _group(arrays, "optimizer"))
    except (ValueError, KeyError) as error:
        raise TrainingError(
            f"{path} is of another version of the network or of Keras, and cannot be resumed.",
            code="CHECKPOINT_INCOMPATIBLE",
        ) from error
    return state


def _values(variables: list[Any]) -> list[npt.NDArray[Any]]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _group(arrays: dict[str, npt.NDArray[Any]], name: str) -> list[npt.NDArray[Any]]:
    count = sum(key.startswith(f"{name}/") for key in arrays)
    return [arrays[f"{name}/{i}"] for i in range(count)]


def _assign(variables: list[Any], values: list[npt.NDArray[Any]]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
