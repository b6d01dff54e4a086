"""The simulated user of the load test; `run.py` starts this file with locust.

A user sends one image after another to `/api/read`, without pauses, and checks every response
against the expected one. The outcomes of all requests are written at the end.
"""

import json
import os
import random
import time
from itertools import count
from pathlib import Path

import gevent
from locust import FastHttpUser, events, task
from locust.exception import StopUser

FOLDER = Path(os.environ["LOAD_FOLDER"])
MAX_REQUESTS = int(os.environ["LOAD_MAX_REQUESTS"])
INVALID_SHARE = float(os.environ["LOAD_INVALID_SHARE"])
ROUTE = "/api/read"
BOUNDARY = "load-test"
HEADERS = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

expected = json.loads((FOLDER / "expected.json").read_text())
outcomes: list[tuple[float, float, str]] = []
numbers = count()


def form(name: str) -> bytes:
    """Return the body of a request that sends an image."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="image"\r\n\r\n'
    return head.encode() + (FOLDER / name).read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()


valid = [(form(name), entry) for name, entry in expected.items() if "text" in entry]
invalid = [(form(name), entry) for name, entry in expected.items() if "code" in entry]


def outcome_of(status: int, body: bytes, entry: dict[str, str]) -> str:
    """Return "correct", "wrong", "lost" (no response), or the code of a rejected request."""
    if status == 0:
        return "lost"
    try:
        response = json.loads(body)
    except ValueError:
        return "wrong"
    if status in (429, 503):
        return str(response.get("code"))
    if "text" in entry:
        is_correct = status == 200 and response.get("text") == entry["text"]
    else:
        is_correct = status >= 400 and response.get("code") == entry["code"]
    return "correct" if is_correct else "wrong"


class Reader(FastHttpUser):
    """Sends images as fast as the responses come."""

    connection_timeout = network_timeout = 30.0
    max_retries = 0

    @task
    def read(self) -> None:
        """Send one image."""
        number = next(numbers)
        if number == MAX_REQUESTS:
            # In its own greenlet: `quit` waits until all users have ended, including this one.
            gevent.spawn(self.environment.runner.quit)
        if number >= MAX_REQUESTS:
            raise StopUser
        body, entry = random.choice(invalid if random.random() < INVALID_SHARE else valid)
        begin = time.time()
        with self.client.post(ROUTE, data=body, headers=HEADERS, catch_response=True) as response:
            # Outcomes are evaluated here, not by locust.
            response.success()
            outcome = outcome_of(response.status_code or 0, response.content or b"", entry)
        outcomes.append((begin, time.time() - begin, outcome))


@events.quitting.add_listener
def write(**_: object) -> None:
    """Write for every request when it began, its duration in seconds and its outcome."""
    Path(os.environ["LOAD_OUT"]).write_text(json.dumps(outcomes))
