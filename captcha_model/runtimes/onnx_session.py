"""Opening a graph in ONNX Runtime: how many threads, which execution providers, which options."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias

from captcha_model._utils.keras_backend import muted_stderr
from captcha_model.errors import ConfigError, DependencyError, ModelFolderError

Provider: TypeAlias = str | tuple[str, Mapping[str, Any]]
"""The name of an execution provider, such as "CUDAExecutionProvider", or name and options."""

CPU = "CPUExecutionProvider"
_ONLY_ERRORS = 3


@dataclass(frozen=True)
class SessionSettings:
    """How ONNX Runtime runs a network.

    Attributes:
        threads: at most this many threads read, the caller's included; None takes one for every
            core that the process may use.
        providers: the execution providers, the preferred one first; none takes the CPU.
        options: the attributes of `onnxruntime.SessionOptions`, and its config entries, whose
            names have a dot.

    Raises:
        ConfigError: the number of threads is below 1.
    """

    threads: int | None = None
    providers: Sequence[Provider] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        threads = self.threads
        if threads is not None and (type(threads) is not int or threads < 1):
            raise ConfigError(
                f"threads must be a whole number from 1, or None. Received: {threads!r}"
            )

    @property
    def is_default(self) -> bool:
        """Whether nothing is set."""
        return self == SessionSettings()

    @property
    def names(self) -> list[str]:
        """The names of the execution providers."""
        return [p if isinstance(p, str) else p[0] for p in self.providers or (CPU,)]


def open_session(graph: bytes, settings: SessionSettings) -> Any:
    """Return an `onnxruntime.InferenceSession`.

    Args:
        graph: the bytes of an `.onnx` file.
        settings: how it is run. Within a run the network uses one thread, unless the options say
            otherwise.

    Raises:
        ModelFolderError: it is not a graph that ONNX Runtime can run.
        ConfigError: there is no such execution provider or option.
        DependencyError: ONNX Runtime is not installed.
    """
    onnxruntime = load_onnxruntime()
    known = onnxruntime.get_available_providers()
    # ONNX Runtime would read on the CPU instead, and only log it.
    if unknown := [name for name in settings.names if name not in known]:
        raise ConfigError(
            f"ONNX Runtime has no execution provider {unknown[0]!r} here. It has: "
            f"{', '.join(known)}. Others need another package, such as onnxruntime-gpu."
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ONLY_ERRORS
    options.intra_op_num_threads = 1
    # A memory plan would be kept for every batch size.
    options.enable_mem_pattern = False
    _set(options, settings.options)
    # It would also accept its own format, which it checks less strictly.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    with own_errors():
        return onnxruntime.InferenceSession(
            graph, options, providers=list(settings.providers) or [CPU]
        )


def load_onnxruntime() -> ModuleType:
    """Import ONNX Runtime, without its telemetry.

    Raises:
        DependencyError: it is not installed.
    """
    # Since 1.29 it would report every loaded model, with an identifier of the machine.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        with muted_stderr():
            import onnxruntime
    except ImportError as error:
        name = error.name or "onnxruntime"
        raise DependencyError(
            f"Reading with ONNX Runtime needs the package {name!r}, which is not installed. "
            "Install it with: python -m pip install onnxruntime"
        ) from error
    module: ModuleType = onnxruntime
    return module


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn the errors of ONNX Runtime, which have no common base, into ours."""
    try:
        yield
    except Exception as error:
        raise ModelFolderError(
            "ONNX Runtime cannot run the ONNX graph.", code="WEIGHTS_INVALID"
        ) from error


def _set(options: Any, chosen: Mapping[str, Any]) -> None:
    for name, value in chosen.items():
        try:
            if "." in name:
                options.add_session_config_entry(name, value)
            elif name.startswith("_") or callable(getattr(options, name)):
                raise AttributeError(name)
            else:
                setattr(options, name, value)
        except AttributeError as error:
            raise ConfigError(
                f"onnxruntime.SessionOptions has no attribute {name!r}; a config entry has a dot "
                "in its name."
            ) from error
        except (TypeError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"onnxruntime.SessionOptions does not take {name}={value!r}."
            ) from error
