"""Which model reads, by which runtime and on what: what the commands that read have in common."""

import argparse
import os
import warnings
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import device_name
from captcha_model.cli.common import add_model_option, note
from captcha_model.errors import ConfigError, DependencyError, RuntimeFallbackWarning

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which model to use and how."""
    add_model_option(parser)
    parser.add_argument(
        "--runtime",
        choices=["auto", "onnx", "keras"],
        default="auto",
        help="what runs the network (default: Keras on a GPU, else ONNX Runtime, else Keras)",
    )
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "gpu"],
        default="auto",
        help="gpu fails where there is none; cpu leaves one alone (default: a GPU if there is one)",
    )


def open_model(options: argparse.Namespace) -> "CaptchaModel":
    """Load the model; that another runtime has to read is told in a line.

    Raises:
        ConfigError: ONNX Runtime is asked for a GPU.
        DependencyError: no GPU can be used, and one is asked for.
        CaptchaError: see `CaptchaModel.from_pretrained`.
    """
    runtime = options.runtime
    if options.device == "gpu":
        if runtime == "onnx":
            raise ConfigError("Here ONNX Runtime runs on the CPU; a GPU needs --runtime keras.")
        if device_name() == "CPU":
            raise DependencyError(
                "No GPU can be used: Keras sees none. The README's section GPU tells what it needs."
            )
        runtime = "keras"
    elif options.device == "cpu":
        # Every framework obeys this, but only if it is said before its import.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    from captcha_model.model import CaptchaModel

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeFallbackWarning)
        model = CaptchaModel.from_pretrained(options.model, runtime=runtime)
    for warning in caught:
        note(f"captcha-model: {warning.message}")
    return model
