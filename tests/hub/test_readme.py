"""The documentation about the Hub and Spaces: its examples run against the loopback Hub."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from captcha_model.hub import BUNDLED, space_files
from tests.conftest import EXAMPLES, ROOT
from tests.with_git import put_under_git

pytestmark = pytest.mark.slow


def snippets(section: str) -> list[tuple[str, str]]:
    """Return the language and the text of each code block of a section."""
    text = (
        (ROOT / "docs" / "deployment.md")
        .read_text()
        .split(f"\n## {section}\n")[1]
        .split("\n## ")[0]
    )
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def run(tmp_path):
    """Run a code block as `user`, logged in, in a folder of its own."""
    program = tmp_path / "bin" / "captcha-model"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m captcha_model "$@"\n')
    program.chmod(0o755)
    variables = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HF_TOKEN": "hf_user",
        "HF_HUB_CACHE": str(tmp_path / "cache"),
    }

    def run(language: str, text: str, folder: Path) -> str:
        program = [sys.executable, "-c"] if language == "python" else ["bash", "-ec"]
        done = subprocess.run(
            [*program, text],
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_hub(run, hub, model, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(BUNDLED, folder / "runs" / "mine" / "model")
    shutil.copytree(EXAMPLES, folder / "demo" / "examples")
    python, shell, keras = snippets("Hub")
    assert (python[0], shell[0], keras[0]) == ("python", "", "python")
    run(*python, folder)
    names = {path.name for path in BUNDLED.iterdir()}
    assert set(hub.model("user/name").tree()) == {".gitattributes", *names}
    *_, last = run(*shell, folder).splitlines()
    assert last.split("\t")[1] == model.predict(EXAMPLES / "1.png").text
    shape = "\nassert network.output_shape == (None, 50, 20)"
    run("python", keras[1] + shape, folder)


def test_the_space(run, hub, checkout, tmp_path):
    folder = shutil.copytree(checkout, tmp_path / "mine")
    put_under_git(folder)
    (commands,) = snippets("Space")
    run(*commands, folder)
    assert set(hub.space("user/page").tree()) == {".gitattributes", *space_files(folder)}
