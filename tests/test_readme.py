"""The README's snippets for one's own programs, taken out of it and run in the checkout."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_model.model import CaptchaModel
from tests.conftest import EXAMPLES, ROOT


def snippet(section: str, number: int = 0) -> str:
    """Return a block of code in a section of the README, by default the first one."""
    text = (ROOT / "README.md").read_text()
    (body,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    found: list[str] = re.findall(r"^```(?:python)?\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)
    return found[number]


def run_python(section: str, ending: str) -> str:
    """Run a section's snippet with a line more, and return what that printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", f"{snippet(section)}\n{ending}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def texts(model: CaptchaModel) -> list[str]:
    """What the first three examples say."""
    return [model.predict(EXAMPLES / f"{i}.png").text for i in (1, 2, 3)]


def test_from_python(texts):
    ending = "import json; print(json.dumps([r.text for r in [reading, *readings]]))"
    assert json.loads(run_python("From Python", ending)) == texts


def test_a_stream_from_python(texts, model, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(snippet("From Python", 1), {"model": model})
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"{i}.png {text}" for i, text in enumerate(texts, 1)
    ]


def test_with_onnx_runtime_alone(texts):
    ending = "import sys; assert 'captcha_model' not in sys.modules; print(text)"
    assert run_python("ONNX", ending) == texts[0]


def test_on_the_command_line(texts, tmp_path):
    program = tmp_path / "captcha-model"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m captcha_model "$@"\n')
    program.chmod(0o755)
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", snippet("Command line")],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    first, _, rest = done.stdout.partition("\n")
    assert first.split("\t")[:2] == ["demo/examples/1.png", texts[0]]
    detailed, end = json.JSONDecoder().raw_decode(rest)
    assert detailed[0]["text"] == texts[0]
    # What is known of the texts changes none of them, and all are accepted but where 0.99 is asked.
    known = [line.split("\t") for line in rest[end:].split("\n") if line]
    examples = len(list((ROOT / "demo" / "examples").glob("*.png")))
    assert len(known) == 2 * examples
    assert [row[1] for row in known[:3]] == texts[:3] == [row[1] for row in known[examples:][:3]]
    assert {row[3] for row in known[examples:]} == {"accepted"}
    sure = [float(row[2]) >= 0.99 for row in known[:examples]]
    assert [row[3] == "accepted" for row in known[:examples]] == sure
    assert any(sure)
    counted = f"captcha-model: {sure.count(False)} of {examples} readings are not accepted\n"
    assert done.stderr == ("" if all(sure) else counted)
    with Path(tmp_path / "readings.csv").open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)][:3] == texts
