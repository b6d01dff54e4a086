"""The worked example of a sixth recipe, as CONTRIBUTING tells it."""

import os
import re
import shutil
import subprocess
import sys

from captcha_model.networks import architectures
from tests.conftest import ROOT


def test_a_sixth_recipe_needs_its_two_files_and_nothing_else(drawn_folder, tmp_path):
    text = (ROOT / "CONTRIBUTING.md").read_text()
    files = dict(re.findall(r"^`(\S+)`:\n\n```\w+\n(.*?)```$", text, re.MULTILINE | re.DOTALL))
    assert sorted(files) == [
        "captcha_model/networks/plain.py",
        "captcha_model/training/recipes/plain.yaml",
    ]
    assert "plain" not in architectures()
    for package in ("captcha_model", "hub_card"):
        shutil.copytree(ROOT / package, tmp_path / package)
    for name, contents in files.items():
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(contents)

    def captcha_model(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "captcha_model", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    trained = captcha_model(
        *["train", "--recipe", "plain", "--data", str(drawn_folder), "--out", "run"],
        *["--epochs", "1", "--epoch-images", "1", "--image-size", "16x64", "--export", "litert"],
    )
    assert trained.returncode == 0, trained.stderr
    assert (tmp_path / "run" / "model.tflite").exists()
    image = str(next(drawn_folder.glob("*.png")))
    read = captcha_model("predict", image, "--model", "run/model")
    assert read.returncode == 0, read.stderr
    assert image in read.stdout
