"""The `app.py` under test: started, observed from outside, and stopped."""

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
    """A running `app.py` on loopback without a rate limit.

    Args:
        folder: where it writes its temporary files and its log.
        variables: further environment variables.
    """

    def __init__(self, folder: Path, **variables: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.temp_folder = folder / "tmp"
        self.temp_folder.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "CAPTCHA_RATE_LIMIT": "off",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temp_folder),
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
        self._process_info = psutil.Process(self._process.pid)

    def __enter__(self) -> "App":
        """Wait until it responds."""
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
        """Kill it if it still runs."""
        self._process.kill()
        self._process.wait()
        self._log.close()

    def resources(self) -> dict[str, Any]:
        """Return its memory in MB and its numbers of open files, threads and temporary files."""
        return {
            "memory_mb": round(self._process_info.memory_info().rss / 1e6, 2),
            "open_files": self._process_info.num_fds(),
            "threads": self._process_info.num_threads(),
            "temporary_files": sum(path.is_file() for path in self.temp_folder.rglob("*")),
        }

    def requests_in_flight(self) -> int:
        """Return the number of requests in flight from its metrics."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=30) as response:
            text = response.read().decode()
        (value,) = re.findall(r"^captcha_requests_in_flight (\S+)$", text, re.M)
        return int(float(value))

    def terminate(self) -> float:
        """Send SIGTERM and return the time."""
        when = time.time()
        self._process.send_signal(signal.SIGTERM)
        return when

    def wait(self) -> int:
        """Wait until it ends and return the exit code."""
        return self._process.wait(timeout=60)
