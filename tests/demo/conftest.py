"""A running `app.py`, as a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


@contextmanager
def running_app(*arguments: str, **variables: str) -> Iterator[str]:
    """Run `app.py` and give its address once it answers; it must end cleanly at SIGTERM."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **server, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as app:
        deadline = time.monotonic() + 120
        while True:
            assert app.poll() is None, app.stdout.read()
            assert time.monotonic() < deadline
            try:
                get(f"{url}/healthz")
                break
            except urllib.error.URLError:
                time.sleep(0.2)
        yield url
        app.send_signal(signal.SIGTERM)
        said = app.communicate(timeout=30)[0]
    assert f"Open http://localhost:{port}" in said
    assert "Traceback" not in said


def failed_app(*arguments: str, **variables: str) -> str:
    """Run `app.py`, which must end with exit code 1, and return the line that says why."""
    done = subprocess.run(
        [sys.executable, "app.py", "--port", str(free_port()), *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "Open http" not in done.stdout
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with running_app() as url:
        yield url
