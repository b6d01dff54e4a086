"""The README's first command, here and in a Space, in an empty virtual environment."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from huggingface_hub import snapshot_download

from captcha_model.hub import BUNDLED, Destination, push_space
from tests.conftest import EXAMPLES, ROOT
from tests.environments import empty_environment
from tests.with_git import put_under_git

pytestmark = pytest.mark.environment

COMMAND = "python -m pip install -r requirements.txt && python app.py"


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> dict[str, str]:
    return empty_environment(tmp_path_factory.mktemp("environment"))


def read_through_the_page(folder: Path, environment: dict[str, str]) -> dict:
    """Run the first command in a folder, and read an image through the page's API."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        ["bash", "-c", COMMAND],
        cwd=folder,
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
            return Client(url, verbose=False).predict(image, api_name="/read")
        finally:
            os.killpg(app.pid, 15)


def test_the_first_command_opens_the_page_on_the_bundled_model(checkout, environment, model):
    assert COMMAND in (checkout / "README.md").read_text().splitlines()
    reading = read_through_the_page(checkout, environment)
    assert reading["text"] == model.predict(EXAMPLES / "1.png").text


def test_a_space_runs_from_what_was_pushed(checkout, environment, model, hub, tmp_path):
    """It runs after the test above, in an environment that the same requirements have made."""
    ours = shutil.copytree(checkout, tmp_path / "checkout")
    put_under_git(ours)
    push_space(ours, Destination("ann/page", token="hf_ann"))
    space = tmp_path / "space"
    snapshot_download("ann/page", repo_type="space", local_dir=space)
    assert not (space / "tests").exists()
    assert (space / "requirements.txt").read_bytes() == (ours / "requirements.txt").read_bytes()
    reading = read_through_the_page(space, environment)
    assert reading["text"] == model.predict(EXAMPLES / "1.png").text


def test_the_checkout_finds_its_card_without_an_install(checkout, environment):
    """It runs after the test above, in the same environment."""
    done = subprocess.run(
        ["python", "-m", "captcha_model", "card"],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (checkout / BUNDLED.relative_to(ROOT) / "README.md").read_text()
