"""Training on several devices, which here are virtual ones of the CPU, and on other backends."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from captcha_model.errors import TrainingError
from captcha_model.model import CaptchaModel
from captcha_model.training.devices import ONE_DEVICE, find_devices
from tests.conftest import ROOT
from tests.training.on_devices import drawn

VIRTUAL = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}


def trained(backend: str, devices: str, folder) -> dict:
    """Train in a process of its own and return what `tests.training.on_devices` tells."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.on_devices", devices, str(folder)],
        cwd=ROOT,
        env={**os.environ, **VIRTUAL, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    told: dict = json.loads(done.stdout)
    return told


def check_a_run(told: dict) -> None:
    assert len(told["losses"]) == 3
    assert np.isfinite(told["losses"]).all()
    assert len(told["texts"]) == 17
    # The same bits, though the process "died" in the last epoch.
    assert told["resumed"] == told["weights"]


def check_the_saved_model(told: dict, folder) -> None:
    saved = CaptchaModel.from_pretrained(folder / "model", runtime="onnx")
    assert [reading.text for reading in saved.predict_pixels(drawn().pixels)] == told["texts"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_share_every_batch_and_a_run_resumes_to_the_same_weights(backend, tmp_path):
    told = trained(backend, "2", tmp_path)
    check_a_run(told)
    if backend != "tensorflow":
        check_the_saved_model(told, tmp_path)
    shares = told["lines"][0]
    assert "2 devices" in shares
    assert "of each batch of 8 images 4 for each" in shares
    assert "learning rate 0.003 for the whole batch" in shares
    assert "devices was 2, not 1" in told["other number"]
    code, message = told["too many"]
    assert code == "DEVICES"
    assert "There are fewer devices than 3" in message


if find_spec("torch"):  # The gate installs JAX alone.

    @pytest.mark.slow
    def test_pytorch_trains_on_one_device(tmp_path):
        told = trained("torch", "1", tmp_path)
        check_a_run(told)
        check_the_saved_model(told, tmp_path)


def test_one_device_is_the_backends_choice():
    assert find_devices(1) is ONE_DEVICE
    # Of the CPU there is one here.
    assert find_devices("all") is ONE_DEVICE


def test_more_devices_than_there_are():
    with pytest.raises(TrainingError, match=r"fewer devices than 2: .*CPU:0") as caught:
        find_devices(2)
    assert caught.value.code == "DEVICES"


def test_a_backend_without_several_devices(monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "torch")
    assert find_devices("all") is ONE_DEVICE
    with pytest.raises(
        TrainingError, match=r"'torch' of Keras a training has one device.*devices 2\."
    ):
        find_devices(2)
