"""The options of all commands that read images: the model, its runtime and its device."""

import argparse
import os
import warnings
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import device_name
from captcha_model.cli.common import add_model_option, note
from captcha_model.errors import ConfigError, DependencyError, RuntimeFallbackWarning

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel


def add_runtime_options(parser: argparse.ArgumentParser) -> None:
    """Add `--model`, `--runtime` and `--device`."""
    add_model_option(parser)
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
    """Load the model; print a line if it falls back to another runtime.

    Raises:
        ConfigError: a GPU is requested for ONNX Runtime.
        DependencyError: a GPU is requested and none can be used.
        CaptchaError: see `CaptchaModel.from_pretrained`.
    """
    runtime = options.runtime
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
    from captcha_model.model import CaptchaModel

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeFallbackWarning)
        model = CaptchaModel.from_pretrained(options.model, runtime=runtime)
    for warning in caught:
        note(f"captcha-model: {warning.message}")
    return model
