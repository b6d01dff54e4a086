"""What is tried first; the driver is one that this machine's linker finds, or does not."""

import _ctypes
import json
import os
import subprocess
import sys

import pytest

from captcha_model.errors import RuntimeFallbackWarning
from captcha_model.runtimes import choice
from captcha_model.runtimes.choice import candidates

AUTO = """
import json, sys, warnings
from captcha_model.runtimes.choice import candidates
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = candidates("auto")
said = [f"{w.category.__name__}: {w.message}" for w in caught]
print(json.dumps([found, said, "tensorflow" in sys.modules]))
"""


def auto(**variables: str):
    """Return the candidates for "auto" in a new process, what it warned of and what it imported."""
    variables = {"CUDA_VISIBLE_DEVICES": "0", "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    done = subprocess.run(
        [sys.executable, "-c", AUTO],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture
def driver(tmp_path) -> str:
    """A folder with a library of the driver's name, which knows of no GPU."""
    if not sys.platform.startswith("linux"):
        pytest.skip("another linker")
    (tmp_path / "libcuda.so.1").symlink_to(_ctypes.__file__)
    return str(tmp_path)


def test_what_is_asked_for_is_all_that_is_tried():
    assert candidates("keras") == ("keras",)
    assert candidates("onnx") == ("onnx",)
    with pytest.raises(ValueError, match="'torch'"):
        candidates("torch")


def test_without_a_driver_no_framework_is_imported():
    assert auto(CUDA_VISIBLE_DEVICES="-1") == [["onnx", "keras"], [], False]
    assert auto(CUDA_VISIBLE_DEVICES="") == [["onnx", "keras"], [], False]


@pytest.mark.slow
def test_a_driver_without_a_gpu_is_told(driver):
    found, said, imported = auto(LD_LIBRARY_PATH=driver)
    assert found == ["onnx", "keras"]
    assert imported
    (warning,) = said
    assert warning.startswith("RuntimeFallbackWarning: There is a GPU driver, but")


def test_a_broken_keras_is_told(driver):
    found, said, _ = auto(LD_LIBRARY_PATH=driver, KERAS_BACKEND="nonsense")
    assert found == ["onnx", "keras"]
    assert "nonsense" in said[0]


def test_a_gpu_comes_first(monkeypatch):
    monkeypatch.setattr(choice, "gpu_driver", lambda: True)
    monkeypatch.setattr(choice, "device_name", lambda: "NVIDIA H200")
    assert candidates("auto") == ("keras", "onnx")
    monkeypatch.setattr(choice, "device_name", lambda: "CPU")
    with pytest.warns(RuntimeFallbackWarning, match="what a GPU needs"):
        assert candidates("auto") == ("onnx", "keras")
