"""What holds for every architecture."""

import ast
from pathlib import Path

import numpy as np
import pytest

import captcha_model.networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.networks import architectures, build, describe, find, resolve_options, time_steps
from tests.test_package import loaded_by

SMALL = {
    "crnn": {"filters": 4, "dense": 8, "lstm": 8},
    "general": {"filters": 4, "dense": 8, "lstm": 8},
    "gru": {"filters": 4, "dense": 8, "gru": 8},
    "keras-ctc": {"filters": 4, "dense": 8, "lstm": 8},
    "multi-head": {"filters": 4, "dense": 8, "places": 3},
    "residual": {"filters": 2, "lstm": 8},
}


def test_all_are_found():
    assert architectures() == sorted(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("height", "width", "channels"), [(16, 32, 1), (50, 67, 3)])
def test_logits_have_the_promised_shape(name, height, width, channels):
    config = CaptchaConfig(
        "abcde",
        architecture=name,
        height=height,
        width=width,
        channels=channels,
        options=SMALL[name],
    )
    network = build(config)
    assert network.input_shape == (None, height, width, channels)
    assert network.output_shape == (None, time_steps(config), 6)
    logits = network(np.zeros((2, *config.input_shape), np.float32))
    assert logits.shape == (2, time_steps(config), 6)
    assert network.name == name.replace("-", "_")


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_recurrent_ones_say_so(name):
    network = build(CaptchaConfig("ab", architecture=name, width=64, options=SMALL[name]))
    recurrent = any("Bidirectional" in type(layer).__name__ for layer in network.layers)
    assert find(name).recurrent == recurrent


def test_options_are_filled_in_and_bounded():
    assert resolve_options(CaptchaConfig("ab", options={"lstm": 32})) == {
        "filters": 16,
        "dense": 64,
        "lstm": 32,
        "dropout": 0.2,
    }
    for bad in ({"filters": 3}, {"filters": 10**9}, {"lstm": 8.0}, {"other": 1}, {"dropout": 1.0}):
        with pytest.raises(ConfigError):
            describe(CaptchaConfig("ab", options=bad))
    assert resolve_options(CaptchaConfig("ab", options={"dropout": 0}))["dropout"] == 0


def test_too_many_steps_are_refused():
    with pytest.raises(ConfigError, match="steps"):
        describe(CaptchaConfig("ab", architecture="residual", height=1024, width=1024))


@pytest.mark.parametrize("name", ["os", "_blocks", "__init__", "crnn.py", "../crnn", "keras_ctc"])
def test_an_unknown_architecture_is_refused(name):
    with pytest.raises(ConfigError, match="crnn"):
        build(CaptchaConfig("ab", architecture=name))


@pytest.mark.slow
def test_the_facts_need_no_keras():
    code = (
        "from captcha_model import networks; [networks.find(n) for n in networks.architectures()]"
    )
    assert loaded_by(code) <= {"PIL"}


@pytest.mark.usefixtures("collected")
def test_networks_use_keras_alone_so_that_every_backend_runs_them():
    folder = Path(captcha_model.networks.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            for name in names:
                assert name.split(".")[0] in {
                    "keras",
                    "captcha_model",
                    "importlib",
                    "concurrent",
                    "math",
                    "pkgutil",
                    "types",
                    "collections",
                    "dataclasses",
                    "typing",
                }, f"{path.name} imports {name}"


@pytest.mark.parametrize("name", [name for name in SMALL if not find(name).any_width])
def test_most_read_one_width_only(name):
    with pytest.raises(ConfigError, match="one width only"):
        describe(CaptchaConfig("ab", name, 48, 288, 3, "scale", 96))
