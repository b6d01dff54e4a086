import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

import captcha_model
from captcha_model import CaptchaModel
from captcha_model._utils import native
from captcha_model.cli import main
from tests.conftest import EXAMPLES

READ = """
import json
from captcha_model import CaptchaModel
model = CaptchaModel.from_pretrained(runtime="onnx")
print(json.dumps([model.device, model.predict("EXAMPLE").to_dict()]))
"""


@pytest.fixture
def loads(monkeypatch):
    """Loading of a core that is there, unless a test says otherwise."""
    monkeypatch.delenv(native.VARIABLE, raising=False)
    core = SimpleNamespace(REVISION=native._REVISION)

    def load(name):
        assert name == "captcha_model._native"
        if isinstance(core.REVISION, Exception):
            raise core.REVISION
        return core

    monkeypatch.setattr(native, "importlib", SimpleNamespace(import_module=load))
    return core


def test_the_core_is_used_if_it_is_there(loads):
    assert native._load() == (loads, "")


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        (native._REVISION + 1, "it is not of this version; install the package again"),
        (ModuleNotFoundError("none"), "not compiled when installed"),
        (ImportError("libm.so.6 is too old"), "libm.so.6 is too old"),
    ],
)
def test_numpy_serves_if_there_is_none_that_fits(loads, revision, reason):
    loads.REVISION = revision
    assert native._load() == (None, reason)


def test_a_variable_turns_it_off(loads, monkeypatch):
    for value in ("1", ""):
        monkeypatch.setenv(native.VARIABLE, value)
        assert native._load() == (loads, "")
    monkeypatch.setenv(native.VARIABLE, "0")
    assert native._load() == (None, "CAPTCHA_MODEL_NATIVE is 0")


def test_the_version_and_the_device_say_which_is_used(monkeypatch, capsys, model):
    for core, reason, version, device in (
        (SimpleNamespace(), "", "with the compiled core", ""),
        (None, "why", "without the compiled core: why", ", decoded by NumPy"),
    ):
        monkeypatch.setattr(native, "core", core)
        monkeypatch.setattr(native, "REASON", reason)
        with pytest.raises(SystemExit):
            main(["--version"])
        assert capsys.readouterr().out.endswith(f"{captcha_model.__version__}, {version}\n")
        assert model.device == model._runtime.device + device


def test_a_process_without_the_core_reads_the_same():
    path = str(EXAMPLES / "1.png")
    done = subprocess.run(
        [sys.executable, "-c", READ.replace("EXAMPLE", path)],
        env={**os.environ, native.VARIABLE: "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    device, reading = json.loads(done.stdout)
    assert device == "CPU (ONNX Runtime), decoded by NumPy"
    model = CaptchaModel.from_pretrained(runtime="onnx")
    assert reading == model.predict(path).to_dict()
    done = subprocess.run(
        [sys.executable, "-m", "captcha_model", "--version"],
        env={**os.environ, native.VARIABLE: "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    name = f"captcha-model {captcha_model.__version__}"
    assert done.stdout == f"{name}, without the compiled core: CAPTCHA_MODEL_NATIVE is 0\n"
