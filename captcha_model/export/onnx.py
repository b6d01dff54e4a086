"""One `.onnx` file of the network, for ONNX Runtime and others; see `captcha_model.onnx_graph`."""

from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.export._format import NETWORK_GIVES, Format
from captcha_model.files import write_atomically
from captcha_model.onnx_graph import check_converter, to_onnx

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel


def check(config: CaptchaConfig) -> None:  # noqa: ARG001
    """Import what ONNX needs.

    Raises:
        DependencyError: onnx or tf2onnx is not installed.
    """
    check_converter()


def write(model: "CaptchaModel", path: Path) -> None:
    """Convert the network and write it."""
    write_atomically(path, to_onnx(model.config, model.network))


FORMAT = Format(
    write=write,
    name="model.onnx",
    usage='onnxruntime.InferenceSession("{path}").run(["logits"], {"image": images})[0]',
    gives=NETWORK_GIVES,
    check=check,
)
