"""The README's first command and the built wheel, each in an empty virtual environment."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

from tests.conftest import EXAMPLES, ROOT

pytestmark = pytest.mark.environment

COMMAND = "python -m pip install -r requirements.txt && python app.py"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the files that git keeps, as a stranger's clone has them."""
    folder = tmp_path_factory.mktemp("checkout")
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    """An empty virtual environment, as variables that put it first."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**variables, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_the_first_command_opens_the_page_on_the_bundled_model(checkout, environment):
    assert COMMAND in (checkout / "README.md").read_text().splitlines()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        ["bash", "-c", COMMAND],
        cwd=checkout,
        env={**environment, "GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as app:
        try:
            deadline = time.monotonic() + 900
            while True:
                assert app.poll() is None, "the command ended"
                assert time.monotonic() < deadline
                try:
                    with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                        assert json.load(answer)["status"] == "ok"
                    break
                except urllib.error.URLError:
                    time.sleep(0.5)
            image = handle_file(str(EXAMPLES / "1.png"))
            reading = Client(url, verbose=False).predict(image, api_name="/read")
        finally:
            os.killpg(app.pid, 15)
    assert len(reading["text"]) == 5
    assert reading["confidence"] > 0.5


def test_a_wheel_reads_from_any_folder(checkout, environment, tmp_path):
    """It runs after the test above, in the environment that already has what the model needs."""

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(checkout))
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.stat().st_size < 3 * 2**20
    run("python", "-m", "pip", "install", "-q", "--no-deps", str(wheel))
    out = run("captcha-model", "predict", str(EXAMPLES / "1.png"), "--json")
    assert len(json.loads(out)[0]["text"]) == 5
    saved = "from captcha_model import CaptchaModel as M; M.from_pretrained().save_pretrained('m')"
    run("python", "-c", saved)
    assert "Responsible use" in (tmp_path / "m" / "README.md").read_text()
