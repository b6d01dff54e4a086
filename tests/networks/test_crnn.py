import ast
from pathlib import Path

import numpy as np
import pytest

import captcha_model.networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.networks import build, describe, resolve_options, time_steps

SMALL = {"filters": 4, "dense": 8, "lstm": 8}


@pytest.mark.parametrize("width", [8, 63, 64, 65, 66, 67, 200])
@pytest.mark.parametrize("height", [8, 50])
def test_logits_have_the_promised_shape(width, height):
    config = CaptchaConfig("abcde", height=height, width=width, options=SMALL)
    network = build(config)
    assert network.output_shape == (None, time_steps(config), 6)
    logits = network(np.zeros((2, height, width, 1), np.float32))
    assert logits.shape == (2, time_steps(config), 6)


def test_the_default_has_a_step_for_every_four_pixels():
    config = CaptchaConfig("2345678bcdefgmnpwxy")
    assert time_steps(config) == 50
    assert build(config).count_params() == 209_500


def test_colour():
    config = CaptchaConfig("ab", height=16, width=32, channels=3, options=SMALL)
    assert build(config).input_shape == (None, 16, 32, 3)


def test_options_are_filled_in_and_bounded():
    assert resolve_options(CaptchaConfig("ab", options={"lstm": 32})) == {
        "filters": 24,
        "dense": 96,
        "lstm": 32,
        "dropout": 0.2,
    }
    for bad in ({"filters": 3}, {"filters": 10**9}, {"lstm": 8.0}, {"other": 1}, {"dropout": 1.0}):
        with pytest.raises(ConfigError):
            describe(CaptchaConfig("ab", options=bad))
    assert resolve_options(CaptchaConfig("ab", options={"dropout": 0}))["dropout"] == 0


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ConfigError, match="crnn"):
        build(CaptchaConfig("ab", architecture="os"))


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
                    "collections",
                    "dataclasses",
                    "typing",
                }, f"{path.name} imports {name}"
