"""The `app.py` that is tested: started, looked at from outside, and stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]


class App:
    """A running `app.py` on loopback, without a limit of the rate.

    Args:
        folder: where it puts its temporary files and its log.
        variables: more variables of its environment.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.scratch = folder / "tmp"
        self.scratch.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "CAPTCHA_RATE_LIMIT": "off",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.scratch),
            **variables,
        }
        self._log = (folder / "app.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._facts = psutil.Process(self._process.pid)

    def __enter__(self) -> "App":
        """Wait until it answers."""
        deadline = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return self
            except urllib.error.URLError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise RuntimeError("app.py does not start.") from None
                time.sleep(0.2)

    def __exit__(self, *_: object) -> None:
        """End it, if it has not ended."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def look(self) -> dict[str, Any]:
        """Return its memory in MB, its open files, its threads and its temporary files."""
        return {
            "memory_mb": round(self._facts.memory_info().rss / 1e6, 2),
            "open_files": self._facts.num_fds(),
            "threads": self._facts.num_threads(),
            "temporary_files": sum(path.is_file() for path in self.scratch.rglob("*")),
        }

    def open_requests(self) -> int:
        """Return how many requests are open, by its own figures."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as answer:
            (found,) = re.findall(r"^captcha_requests_open (\S+)$", answer.read().decode(), re.M)
        return int(float(found))

    def terminate(self) -> float:
        """Send SIGTERM and return when."""
        when = time.time()
        self._process.send_signal(signal.SIGTERM)
        return when

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        return self._process.wait(timeout=60)
