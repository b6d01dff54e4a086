"""What one user of the load test does; run by `run.py` through locust, never by itself.

A user sends one image after another to `/api/read`, without a pause, and checks every answer
against what is known of the image. What came of each request is written at the end.
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
MOST = int(os.environ["LOAD_MOST"])
BAD_SHARE = float(os.environ["LOAD_BAD"])
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


good = [(form(name), answer) for name, answer in expected.items() if "text" in answer]
bad = [(form(name), answer) for name, answer in expected.items() if "code" in answer]


def judge(status: int, body: bytes, answer: dict[str, str]) -> str:
    """Say what came of a request: "right", "wrong", "lost", or why it was refused."""
    if status == 0:
        return "lost"
    try:
        said = json.loads(body)
    except ValueError:
        return "wrong"
    if status in (429, 503):
        return str(said.get("code"))
    if "text" in answer:
        return "right" if status == 200 and said.get("text") == answer["text"] else "wrong"
    return "right" if status >= 400 and said.get("code") == answer["code"] else "wrong"


class Reader(FastHttpUser):
    """Sends images as fast as they are answered."""

    connection_timeout = network_timeout = 30.0
    max_retries = 0

    @task
    def read(self) -> None:
        """Send one image."""
        number = next(numbers)
        if number == MOST:
            # From elsewhere: it waits for all users to end, of whom this is one.
            gevent.spawn(self.environment.runner.quit)
        if number >= MOST:
            raise StopUser
        body, answer = random.choice(bad if bad and random.random() < BAD_SHARE else good)
        begin = time.time()
        with self.client.post(ROUTE, data=body, headers=HEADERS, catch_response=True) as response:
            # locust's own list of errors is not what is looked at.
            response.success()
            outcome = judge(response.status_code or 0, response.content or b"", answer)
        outcomes.append((begin, time.time() - begin, outcome))


@events.quitting.add_listener
def write(**_: object) -> None:
    """Write what came of every request: when it began, how long it took, and the outcome."""
    Path(os.environ["LOAD_OUT"]).write_text(json.dumps(outcomes))
