import importlib
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from captcha_model.images.decode import decode_image
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def module():
    """The benchmark's module, which imports its neighbours as a script does."""
    folder = str(ROOT / "benchmarks")
    sys.path.insert(0, folder)
    yield importlib.import_module("strangers")
    sys.path.remove(folder)


@pytest.fixture(scope="module")
def images(module):
    return module.strangers(12)


def test_there_are_enough_of_every_kind(module, images):
    assert {name: len(drawn) for name, drawn in images.items()} == dict.fromkeys(module.KINDS, 12)
    assert module.strangers.__defaults__[0] * len(module.KINDS) >= 500


def test_every_one_can_be_read_and_is_small(images):
    for drawn in images.values():
        for image in drawn:
            assert decode_image(image).mode in ("L", "RGB")
            assert max(image.size) <= 1000


def test_half_of_those_that_can_be_have_a_captchas_shape(images):
    usual = [image.size == (200, 50) for drawn in images.values() for image in drawn]
    assert 0.3 < np.mean(usual) < 0.6
    assert len({image.size for drawn in images.values() for image in drawn}) > 10


def test_the_seed_decides_and_the_count_does_not(module, images):
    again, other = module.strangers(2), module.strangers(2, seed=1)
    for name, drawn in again.items():
        for i, image in enumerate(drawn):
            assert image.tobytes() == images[name][i].tobytes()
        assert any(a.tobytes() != b.tobytes() for a, b in zip(drawn, other[name], strict=True))


def test_hardly_two_are_alike(images):
    for name, drawn in images.items():
        different = {(image.size, image.mode, image.tobytes()) for image in drawn}
        assert len(different) >= (6 if name == "blank" else 12), name


def test_the_contact_sheet(tmp_path):
    command = [sys.executable, "strangers.py", "--out", str(tmp_path / "sheet.png")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT / "benchmarks", capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert "ten images of each of 16 kinds" in done.stdout
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (11 * 150, 16 * 60)
