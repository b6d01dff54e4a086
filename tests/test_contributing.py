"""The worked examples of CONTRIBUTING: a new reading option and a new recipe."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from captcha_model.networks import architectures
from tests.conftest import ROOT
from tests.docs.pages import blocks, read

# What a program of each kind says about its options, in the copy that has the new one.
SHOW_OPTIONS = """
import inspect, json
from fastapi import FastAPI
from captcha_model import CaptchaModel, ModelChooser
from captcha_model.cli import build_parser
from demo.api.rest import add_api
from demo.serving.models import ServedModels

app = FastAPI()
add_api(app, ServedModels(ModelChooser()))
commands = build_parser()._actions[-1].choices
print(json.dumps({
    "python": str(inspect.signature(CaptchaModel.predict)) + CaptchaModel.predict.__doc__,
    "command line": commands["predict"].format_help().replace("-", "_"),
    "rest": json.dumps(app.openapi()),
}))
"""


def copy_of(packages: tuple[str, ...], folder: Path) -> Path:
    """Copy packages of the checkout into a folder, and return the folder."""
    for package in packages:
        shutil.copytree(ROOT / package, folder / package)
    return folder


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run Python with the packages of a folder."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_files_of_the_errands_exist_and_hold_what_is_said():
    section = read("CONTRIBUTING.md").split("## Where things are")[1].split("| folder |")[0]
    rows = re.findall(r"^\| (?:change|see) .* \| `(\S+)`: `(\w+)`", section, re.MULTILINE)
    assert len(rows) == 4
    for path, name in rows:
        source = (ROOT / path).read_text()
        assert re.search(rf"^(?:def |class )?{name}\b", source, re.MULTILINE), (path, name)


@pytest.mark.slow
def test_a_sixth_reading_option_needs_one_file(tmp_path):
    folder = copy_of(("captcha_model", "demo", "hub_card"), tmp_path)
    (block,) = blocks("CONTRIBUTING.md", "python", "A new reading option")
    name, annotation = re.findall(r"^(\w+): (.+) = option\($", block.text, re.MULTILINE)[0]
    path = folder / "captcha_model" / "inference" / "options.py"
    source = path.read_text()
    field = textwrap.indent(block.text, "    ")
    source = source.replace("\n    def keywords", f"\n{field}\n    def keywords", 1)
    keyword = "    beam_width: int\n"
    assert source.count(keyword) == 1
    path.write_text(source.replace(keyword, f"{keyword}    {name}: {annotation}\n"))
    done = run_in(folder, "-c", SHOW_OPTIONS)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert [program for program, text in shown.items() if name not in text] == []


@pytest.mark.slow
def test_a_recipe_needs_its_two_files_and_nothing_else(image_folder, tmp_path):
    text = read("CONTRIBUTING.md")
    files = dict(re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)```$", text, re.MULTILINE | re.DOTALL))
    assert sorted(files) == [
        "captcha_model/networks/plain.py",
        "captcha_model/training/recipes/plain.yaml",
    ]
    assert "plain" not in architectures()
    copy_of(("captcha_model", "hub_card"), tmp_path)
    for name, contents in files.items():
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(contents)
    trained = run_in(
        tmp_path,
        *["-m", "captcha_model", "train", "--recipe", "plain"],
        *["--data", str(image_folder), "--out", "run"],
        *["--epochs", "1", "--epoch-images", "1", "--image-size", "16x64", "--export", "litert"],
    )
    assert trained.returncode == 0, trained.stderr
    assert (tmp_path / "run" / "model.tflite").exists()
    image = str(next(image_folder.glob("*.png")))
    done = run_in(tmp_path, "-m", "captcha_model", "predict", image, "--model", "run/model")
    assert done.returncode == 0, done.stderr
    assert image in done.stdout
