from types import SimpleNamespace

import numpy as np
import pytest

from captcha_model.data.samples import LabelledImages
from captcha_model.training import untrained
from captcha_model.training.run_config.run import Run


def run_of(init: str, case: str = "keep") -> Run:
    return Run.from_mappings({"data": {"source": "x", "case": case}, "training": {"init": init}})


@pytest.fixture()
def asked(monkeypatch) -> list:
    """Let every model read "Ab" and "cd", and return what it is asked to read."""
    asked: list = []

    def predict_pixels(pixels, closer):
        asked.append((pixels, closer))
        return [SimpleNamespace(text=text) for text in ("Ab", "cd")]

    model = SimpleNamespace(predict_pixels=predict_pixels)
    monkeypatch.setattr(untrained.CaptchaModel, "from_pretrained", lambda name: model)
    return asked


def test_it_looks_at_what_the_model_of_the_run_looks_at(asked):
    pixels = np.zeros((2, 4, 8, 1), np.uint8)
    images = LabelledImages(pixels, ("ab", "cd"), ("1", "2"), closer={1: pixels[0]})
    assert untrained.read_untrained(run_of("general"), images) == 1
    assert untrained.read_untrained(run_of("general", "ignore"), images) == 2
    assert all(found is pixels and closer is images.closer for found, closer in asked)
    assert untrained.read_untrained(run_of("none"), images) is None
    assert len(asked) == 2
