"""The README: short, with links that lead somewhere and examples that work."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_model.model import CaptchaModel
from captcha_model.model_card import load_facts
from captcha_model.pretrained_models import DEFAULT, GENERAL, REGISTRY
from tests.conftest import EXAMPLES, ROOT
from tests.docs.pages import blocks, read
from tests.docs.site import slug

# What people see outside of the documentation's site.
SHOWN = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")


def test_what_the_thresholds_promise_is_what_the_cards_say():
    """Of both bundled models; the README names which one promises less."""
    page = " ".join(read("README.md").split())
    said = "at least 99 % of accepted readings are correct where the images that it was fitted with"
    assert said in page
    assert "They can for `captcha-images-v2`; `general` and a model that you train on few" in page
    precisions = {}
    for name in REGISTRY:
        calibration = load_facts(REGISTRY.folder(name)).calibration
        assert calibration is not None and calibration.precision is not None
        precisions[name] = calibration.precision
    assert {name: p >= 0.99 for name, p in precisions.items()} == {DEFAULT: True, GENERAL: False}


def run_python(page: str, section: str, ending: str) -> str:
    """Run a section's first Python example in a new process, without warnings.

    Args:
        page: where it stands.
        section: its heading.
        ending: a line to run after it.

    Returns:
        The last line that was printed.
    """
    code = blocks(page, "python", section)[0].text
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", f"{code}\n{ending}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def texts(model: CaptchaModel) -> list[str]:
    """The texts of the first three examples."""
    return [model.predict(EXAMPLES / f"{i}.png").text for i in (1, 2, 3)]


def test_it_is_short():
    assert len(read("README.md").splitlines()) <= 200


@pytest.mark.parametrize("page", SHOWN)
def test_every_link_leads_somewhere(page):
    for target, _, anchor in re.findall(r"\]\(([^)#:\s]*)(#([^)\s]+))?\)", read(page)):
        path = target or page
        assert (ROOT / path).exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", read(path), re.MULTILINE)
            assert anchor in map(slug, headings), f"{target}#{anchor}"


def test_from_python(texts):
    ending = "import json; print(json.dumps([r.text for r in [reading, *readings]]))"
    assert json.loads(run_python("README.md", "From Python", ending)) == texts


def test_with_onnx_runtime_alone(texts):
    ending = "import sys; assert 'captcha_model' not in sys.modules; print(text)"
    assert run_python("docs/deployment.md", "ONNX", ending) == texts[0]


@pytest.mark.slow
def test_on_the_command_line(texts, tmp_path):
    program = tmp_path / "captcha-model"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m captcha_model "$@"\n')
    program.chmod(0o755)
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    (block,) = blocks("README.md", "", "On the command line")
    done = subprocess.run(
        ["bash", "-euc", block.text],
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
    # The constraints change no text, and all readings are accepted except where 0.99 is required.
    known = [line.split("\t") for line in rest[end:].split("\n") if line]
    examples = len(list((ROOT / "demo" / "examples").glob("*.png")))
    assert len(known) == 2 * examples
    assert [row[1] for row in known[:3]] == texts[:3] == [row[1] for row in known[examples:][:3]]
    assert {row[3] for row in known[examples:]} == {"accepted"}
    sure = [float(row[2]) >= 0.99 for row in known[:examples]]
    assert [row[3] == "accepted" for row in known[:examples]] == sure
    assert any(sure)
    were = "was" if sure.count(False) == 1 else "were"
    counted = f"captcha-model: {sure.count(False)} of {examples} readings {were} rejected\n"
    assert done.stderr == ("" if all(sure) else counted)
    with Path(tmp_path / "readings.csv").open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)][:3] == texts
