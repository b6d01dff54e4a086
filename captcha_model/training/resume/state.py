"""The state of a training run, complete enough to resume it to equal weights."""

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

# What zipfile, NumPy and JSON raise on damaged files.
_BROKEN = (
    *(OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError, RecursionError),
)


@dataclass
class TrainingState:
    """The history so far, and the weights of its best epoch.

    Attributes:
        monitor: the metric that ranks epochs; see `EpochRecord.quality`.
        history: one record per complete epoch.
        best_weights: the weights after the best epoch, in the order of `keras.Model.get_weights`.
    """

    monitor: str = "words"
    history: list[EpochRecord] = field(default_factory=list)
    best_weights: list[npt.NDArray[Any]] = field(default_factory=list)

    @property
    def epochs_done(self) -> int:
        """The number of complete epochs."""
        return len(self.history)

    @property
    def best(self) -> EpochRecord | None:
        """The record of the best epoch; None before the end of the first one."""
        return best_of(self.history, self.monitor)

    def add(self, record: EpochRecord, weights: list[npt.NDArray[Any]]) -> bool:
        """Add a complete epoch; return whether it is the best one so far."""
        self.history.append(record)
        if self.best is not record:
            return False
        self.best_weights = weights
        return True


def pack_state(state: TrainingState, network: keras.Model, fingerprint: dict[str, Any]) -> bytes:
    """Return the bytes of a checkpoint: state, network, optimiser and random states.

    Args:
        state: the history and the best weights.
        network: compiled; its variables include the random states of the dropout layers, and those
            of its optimiser include the step number.
        fingerprint: the settings that a resumed run must have too.
    """
    arrays: dict[str, Any] = {f"network/{i}": v for i, v in enumerate(_values(network.variables))}
    arrays |= {f"optimizer/{i}": v for i, v in enumerate(_values(network.optimizer.variables))}
    arrays |= {f"best/{i}": v for i, v in enumerate(state.best_weights)}
    facts = {
        "fingerprint": fingerprint,
        "monitor": state.monitor,
        "history": [asdict(record) for record in state.history],
    }
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def load_state(path: Path, network: keras.Model, fingerprint: dict[str, Any]) -> TrainingState:
    """Load a checkpoint of `pack_state` into a compiled network, and return the state.

    Args:
        path: the checkpoint.
        network: compiled, with the same architecture.
        fingerprint: the settings of this run; they must equal those of the checkpoint.

    Raises:
        TrainingError: the file is damaged, or comes from a run with other settings or from another
            version of the network.
    """
    try:
        # The zip archive has a checksum for every array.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            arrays = dict(stored)
        facts = json.loads(arrays.pop("facts").tobytes())
        history = [EpochRecord(**record) for record in facts["history"]]
        state = TrainingState(facts["monitor"], history, _group(arrays, "best"))
        saved = dict(facts["fingerprint"])
    except _BROKEN as error:
        raise TrainingError(f"{path} is damaged and cannot be resumed.", code=DAMAGED) from error
    changed = sorted(k for k in fingerprint if saved.get(k) != fingerprint[k])
    if changed:
        raise TrainingError(
            "The run to resume was started with other settings: "
            + ", ".join(f"{k} was {saved.get(k)!r}, not {fingerprint[k]!r}" for k in changed)
            + ". Give the same settings, or start a new run without --resume."
        )
    network.optimizer.build(network.trainable_variables)
    try:
        _assign(network.variables, _group(arrays, "network"))
        _assign(network.optimizer.variables, _group(arrays, "optimizer"))
    except (ValueError, KeyError) as error:
        raise TrainingError(
            f"{path} comes from another version of the network or of Keras, and cannot be resumed.",
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
