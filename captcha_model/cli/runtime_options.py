"""The options of all commands that read images: the model, its runtime and its device."""

import argparse
import os
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import device_name
from captcha_model.cli.common import add_model_option
from captcha_model.errors import ConfigError, DependencyError
from captcha_model.pretrained_models import DEFAULT

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel
    from captcha_model.model_chooser import ModelChooser
    from captcha_model.runtimes.choice import RuntimeChoice


def add_runtime_options(parser: argparse.ArgumentParser, default: str = DEFAULT) -> None:
    """Add `--model`, `--runtime` and `--device`.

    Args:
        parser: the command.
        default: what is used without `--model`, for the help.
    """
    add_model_option(parser, default)
    parser.add_argument(
        "--runtime",
        choices=["auto", "onnx", "keras"],
        default="auto",
        help="the runtime of the network (default: Keras on a GPU, else ONNX Runtime, else Keras)",
    )
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "gpu"],
        default="auto",
        help="gpu fails without a GPU, cpu does not use one (default: a GPU if there is one)",
    )


def open_model(options: argparse.Namespace) -> "CaptchaModel":
    """Load the model.

    Raises:
        CaptchaError: a GPU is requested that cannot be used, or see `CaptchaModel.from_pretrained`.
    """
    runtime = _runtime(options)
    from captcha_model.model import CaptchaModel

    return CaptchaModel.from_pretrained(
        options.model, runtime=runtime, threads=getattr(options, "threads", None)
    )


def open_model_or_chooser(options: argparse.Namespace) -> "CaptchaModel | ModelChooser":
    """Load the model; without `--model` a choice among the bundled ones.

    Raises:
        CaptchaError: see `open_model`.
    """
    if options.model is not None:
        return open_model(options)
    runtime = _runtime(options)
    from captcha_model.model_chooser import ModelChooser

    return ModelChooser(runtime=runtime, threads=getattr(options, "threads", None))


def _runtime(options: argparse.Namespace) -> "RuntimeChoice":
    """Return the runtime that is requested, and keep a GPU unused if that is.

    Raises:
        ConfigError: a GPU is requested for ONNX Runtime.
        DependencyError: a GPU is requested and none can be used.
    """
    runtime: RuntimeChoice = options.runtime
    if options.device == "gpu":
        if runtime == "onnx":
            raise ConfigError("ONNX Runtime runs on the CPU here; a GPU needs --runtime keras.")
        if device_name() == "CPU":
            raise DependencyError(
                "No GPU can be used: Keras finds none. See the section GPU of the documentation."
            )
        runtime = "keras"
    elif options.device == "cpu":
        # Every framework respects this variable, but only if it is set before the import.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    return runtime
