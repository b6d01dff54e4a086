"""The profile of reading must find every stage where the package has it."""

import subprocess
import sys

import pytest

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.synthesis import Synthesizer
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
from pathlib import Path
from profile_reading import STAGES, profile
from captcha_model.model import CaptchaModel

paths = sorted(Path(sys.argv[1]).glob("*.png"))
found = profile(CaptchaModel.from_pretrained(runtime="onnx"), paths, count=2, runs=3)
assert found["stages_us"].keys() == STAGES.keys()
assert abs(sum(found["shares"].values()) - 1) < 0.01
print(*(stage for stage, us in found["stages_us"].items() if us > 0), sep="\\n")
"""
ALWAYS = ("file and checks", "to floats", "network", "neighbours", "records", "loops and lists")


def test_every_stage_is_found_and_timed(tmp_path):
    for i in range(4):
        Synthesizer(CHARACTERS).draw(i).image.save(tmp_path / f"{i}.png")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=ROOT / "benchmarks",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.splitlines()) >= set(ALWAYS)
