"""A running `app.py` in a process of its own, a browser and a second web server."""

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

    def read_output(self) -> str:
        """Return the output so far. It goes to a file, because a pipe could fill up."""
        self.output.seek(0)
        return self.output.read()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            assert self.process.poll() is None, self.read_output()
            assert time.monotonic() < deadline
            try:
                get(f"{self.url}/healthz")
                return
            except urllib.error.URLError:
                time.sleep(0.2)


@contextmanager
def started_app(*arguments: str, **variables: str) -> Iterator[RunningApp]:
    """Start `app.py`, yield it before it is ready, and kill it if it has not ended."""
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
    """Run `app.py`, yield its address once it is ready, and check that SIGTERM ends it cleanly."""
    with started_app(*arguments, **variables) as app:
        app.wait_until_ready()
        yield app.url
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(timeout=30) == 0
        output = app.read_output()
    assert f"Open http://localhost:{app.port}" in output
    assert "Traceback" not in output


def failed_app(*arguments: str, **variables: str) -> str:
    """Run `app.py`, check that it ends with exit code 1, and return what its line of error says."""
    result = subprocess.run(
        [sys.executable, "app.py", "--port", str(free_port()), *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1, result.stderr
    assert "Open http" not in result.stdout
    (line,) = result.stderr.splitlines()
    assert line.startswith("captcha-model: error: ")
    return line.removeprefix("captcha-model: error: ")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with running_app() as url:
        yield url


@pytest.fixture
def frozen_clock(monkeypatch):
    """Stop `time.time`, so that no period of a rate limit ends during a test."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


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
def other_server():
    """A second web server: its address, the paths requested from it and its handler class."""
    requested: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            requested.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(type(self).html.encode())

        def log_message(self, *_):
            pass

    Handler.html = ""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", requested, Handler
        server.shutdown()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.requested, page.errors = [], []
    errors = page.errors
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("console", lambda entry: errors.append(entry.text) if entry.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    page.wait_for_selector("#image")
    yield page
    context.close()
    # In particular no violation of the Content-Security-Policy.
    assert errors == []
