"""The public names as a type checker sees them."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SCRIPT = """
from collections.abc import Iterator
from pathlib import Path

from captcha_model import CaptchaModel, ModelChooser, Prediction, read

model = CaptchaModel.from_pretrained()
paths: list[Path] = [Path("a.png")]
names: list[str] = ["a.png"]


def few() -> Iterator[bytes]:
    yield b""


one: Prediction = model.predict("a.png")
called: Prediction = model(Path("a.png"), length=5, charset="abc")
by_path: list[Prediction] = model.predict(paths)
by_name: list[Prediction] = model(names)
by_bytes: list[Prediction] = ModelChooser().predict(few(), batch_size=4)
mixed: list[Prediction] = read(["a.png", Path("a.png"), b""])
for reading in read(paths, on_error="return"):
    if isinstance(reading, Prediction):
        print(reading.text)
"""


@pytest.mark.slow
def test_a_script_is_checked_strictly(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT + 'wrong: int = model.predict("a.png")\n')
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    done = subprocess.run(
        [*command, "--cache-dir", str(tmp_path / "cache"), "script.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        # A type checker does not follow an installation that leads here.
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1, done.stdout + done.stderr
    assert "Prediction" in errors[0]
    assert "int" in errors[0]
