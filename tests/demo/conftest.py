"""A running `app.py`, as a process of its own."""

import http.server
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pytest

from tests.conftest import ROOT

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


@dataclass(frozen=True)
class RunningApp:
    process: subprocess.Popen
    port: int
    output: IO[str]

    def said(self) -> str:
        """Return what it has written so far; not a pipe, which would be full some time."""
        self.output.seek(0)
        return self.output.read()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline
            try:
                get(f"{self.url}/healthz")
                return
            except urllib.error.URLError:
                time.sleep(0.2)


@contextmanager
def started_app(*arguments: str, **variables: str) -> Iterator[RunningApp]:
    """Start `app.py`, which may not be ready yet, and end it if it has not ended."""
    port = free_port()
    server = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env={**os.environ, **server, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield RunningApp(process, port, output)
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def running_app(*arguments: str, **variables: str) -> Iterator[str]:
    """Run `app.py` and give its address once it answers; it must end cleanly at SIGTERM."""
    with started_app(*arguments, **variables) as app:
        app.wait_until_ready()
        yield app.url
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(timeout=30) == 0
        said = app.said()
    assert f"Open http://localhost:{app.port}" in said
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


@pytest.fixture(scope="module")
def browser():
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def outside():
    """A server beside ours, with a list of what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(type(self).html.encode())

        def log_message(self, *_):
            pass

    Handler.html = ""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked, Handler
        server.shutdown()
