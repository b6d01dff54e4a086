"""Converting a network to ONNX in a process whose Keras runs on TensorFlow.

The converter reads TensorFlow's graphs. The weights are the same on every backend, so a model that
JAX or PyTorch has trained is saved like any other.
"""

import os
import pickle
import sys
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ExportError

if TYPE_CHECKING:
    import keras


def onnx_by_tensorflow(config: CaptchaConfig, network: "keras.Model") -> bytes:
    """Return what `captcha_model.export.onnx.to_onnx` returns where Keras runs on TensorFlow.

    Args:
        config: the settings that `network` was built from.
        network: of another backend of Keras.

    Raises:
        ExportError: the process failed, for example because TensorFlow is not installed.
    """
    import subprocess  # Here: reading images starts no process, and would wait for the import.

    done = subprocess.run(
        [sys.executable, "-m", "captcha_model.export._in_tensorflow"],
        input=pickle.dumps((config, network.get_weights())),
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
    )
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ExportError(
            "An ONNX graph is written with TensorFlow, which failed in a process of its own: "
            f"{''.join(last) or f'exit code {done.returncode}'}",
            code="EXPORT_BACKEND",
        )
    return done.stdout


def main() -> None:
    """Convert what stdin holds, and write the graph to stdout."""
    from captcha_model.export.onnx import to_onnx

    # Whatever a library prints must not come into the graph.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    config, weights = pickle.load(sys.stdin.buffer)
    network = networks.build(config)
    network.set_weights(weights)
    with out:
        out.write(to_onnx(config, network))


if __name__ == "__main__":
    main()
