"""Running a network with ONNX Runtime, without TensorFlow and Keras."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model._utils.forks import fork_count
from captcha_model._utils.keras_backend import usable_cores
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ModelFolderError
from captcha_model.networks.base import INPUT, LSTM_8_BIT, OUTPUT
from captcha_model.runtimes.onnx_session import CPU, SessionSettings, open_session, own_errors

if TYPE_CHECKING:
    from concurrent.futures import Executor

DEVICE = "CPU (ONNX Runtime)"
DEVICE_8_BIT = "CPU (ONNX Runtime, 8 bit)"
_QUANTISES = b"QuantizeLinear"  # An operator that graphs in 8 bits have.
# An operator that rounds the values of all images of a batch to common steps.
_ROUNDS_TOGETHER = LSTM_8_BIT.encode()
_IMAGES_PER_CORE = 2  # With fewer images another thread does not pay.


class OnnxRuntime:
    """An ONNX graph, for any batch size, on the CPU unless the settings say otherwise.

    A run uses one core, and a batch is split among the cores. For networks this small that is
    faster than cores that wait for each other in every layer, also for a single image. In a forked
    child and after pickling, session and threads are made anew when they are first needed. A graph
    that would round the values of all images of a batch together gets one image at a time.

    Args:
        graph: the bytes of an `.onnx` file; an untrusted one must be checked first, with
            `captcha_model.storage.check_onnx.check_graph`.
        config: the settings that its network was built from.
        session: the threads, the execution providers and the options.

    Raises:
        ModelFolderError: the graph does not match the settings, or it fails on a blank image.
        ConfigError: there is no such execution provider or option.
        DependencyError: ONNX Runtime is not installed.
    """

    def __init__(
        self,
        graph: bytes,
        config: CaptchaConfig,
        session: SessionSettings = SessionSettings(),  # noqa: B008 It is immutable.
    ) -> None:
        self._graph = graph
        self._settings = session
        self._workers: _Workers | None = None
        _check_ends(self._here().session, config)
        self._check_blank(config)

    def __getstate__(self) -> tuple[bytes, SessionSettings]:
        return self._graph, self._settings

    def __setstate__(self, state: tuple[bytes, SessionSettings]) -> None:
        # A pool of processes hangs if a task cannot be unpickled, so nothing may fail here.
        self._graph, self._settings = state
        self._workers = None

    @property
    def threads(self) -> int | None:
        """The number of threads that read, if it was set."""
        return self._settings.threads

    @property
    def concurrent(self) -> bool:
        """Whether it runs on the CPU, where a run takes one core."""
        return self._settings.names[0] == CPU

    @property
    def device(self) -> str:
        """The device and the library, and whether convolutions multiply numbers of 8 bits."""
        first = self._settings.names[0]
        if first != CPU:
            return f"{first.removesuffix('ExecutionProvider')} (ONNX Runtime)"
        return DEVICE_8_BIT if _QUANTISES in self._graph else DEVICE

    def logits(
        self, batch: npt.NDArray[np.float32], *, busy: bool = False
    ) -> npt.NDArray[np.float32]:
        """Turn images (N, H, W, C) from 0 to 1 into logits (N, T, C) before the softmax.

        Raises:
            ValueError: there is no image.
        """
        if not len(batch):
            raise ValueError("Needs at least one image.")
        return self._here().logits(batch, busy=busy)

    def _here(self) -> "_Workers":
        """Return the session and the threads of this process."""
        workers = self._workers
        if workers is None or workers.forks != fork_count():
            # Two threads may both come here; either result will do, so no lock is needed, which a
            # fork could leave locked.
            self._workers = workers = _Workers(self._graph, self._settings)
        return workers

    def _check_blank(self, config: CaptchaConfig) -> None:
        # A graph with correct inputs and outputs may still fail, and finite weights may overflow.
        with own_errors():
            logits = self.logits(np.ones((1, *config.input_shape), np.float32))
        expected = (networks.time_steps(config), config.vocabulary.classes)
        if logits.shape[1:] != expected:
            raise _does_not_fit(config, "gives", logits.shape[1:], expected)
        if not np.isfinite(logits).all():
            raise ModelFolderError(
                "The ONNX graph gives logits that are NaN or infinite.", code="WEIGHTS_NOT_FINITE"
            )


class _Workers:
    """A session and the threads that run it, in the process that made them.

    Args:
        graph: the bytes of an `.onnx` file.
        settings: of the session.

    Attributes:
        session: an `onnxruntime.InferenceSession`.
        forks: the `fork_count` of the process; in a forked child the threads do not exist, and the
            session may be locked by one of them.
    """

    def __init__(self, graph: bytes, settings: SessionSettings) -> None:
        self.session = open_session(graph, settings)
        self.forks = fork_count()
        self._alone = _ROUNDS_TOGETHER in graph
        self._cores = settings.threads or usable_cores()
        self._others: Executor | None = None

    def logits(self, batch: npt.NDArray[np.float32], *, busy: bool) -> npt.NDArray[np.float32]:
        parts = max(1, min(self._cores - busy, len(batch) // _IMAGES_PER_CORE))
        if parts == 1:
            return self._run(batch)
        if self._others is None:
            from concurrent.futures import ThreadPoolExecutor  # Here: one image needs no thread.

            # One thread for every core except that of the caller.
            self._others = ThreadPoolExecutor(self._cores - 1, "network")
        submit = self._others.submit
        first, *others = np.array_split(batch, parts)
        running = [submit(self._run, part) for part in others]
        return np.concatenate([self._run(first), *(part.result() for part in running)])

    def _run(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if self._alone and len(batch) > 1:
            # So that a reading does not depend on the other images.
            return np.concatenate([self._run(batch[n : n + 1]) for n in range(len(batch))])
        result: npt.NDArray[np.float32] = self.session.run([OUTPUT], {INPUT: batch})[0]
        return result


def _check_ends(session: Any, config: CaptchaConfig) -> None:
    for verb, ends, name, shape in (
        ("takes", session.get_inputs(), INPUT, config.network_shape),
        ("gives", session.get_outputs(), OUTPUT, _output_shape(config)),
    ):
        found = [(end.name, end.type, _known_sizes(end.shape[1:])) for end in ends]
        expected = [(name, "tensor(float)", list(shape))]
        if found != expected:
            raise _does_not_fit(config, verb, found, expected)


def _known_sizes(shape: list[int | str | None]) -> list[int | None]:
    """Return a shape in which an open size, which has a name or none, is None."""
    return [size if isinstance(size, int) else None for size in shape]


def _output_shape(config: CaptchaConfig) -> tuple[int | None, int]:
    """Return the shape of one image's logits (T, C); T is None if it follows the width."""
    steps = None if config.any_width else networks.time_steps(config)
    return (steps, config.vocabulary.classes)


def _does_not_fit(config: CaptchaConfig, verb: str, found: Any, expected: Any) -> ModelFolderError:
    return ModelFolderError(
        f"The ONNX graph {verb} {found!r:.200}, but the settings, with {len(config.vocabulary)} "
        f"characters, need one that {verb} {expected!r}.",
        code="WEIGHTS_SHAPE_MISMATCH",
    )
