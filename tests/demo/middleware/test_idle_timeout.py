"""Connections on which no request comes, against a real uvicorn."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from demo.middleware.idle_timeout import WatchedProtocol
from tests.demo.asgi import ok
from tests.demo.conftest import free_port

SECONDS = 0.4


class Impatient(WatchedProtocol):
    seconds = SECONDS


@contextmanager
def served(app) -> Iterator[int]:
    """Serve an application in a thread and give its port."""
    port = free_port()
    config = uvicorn.Config(
        app, port=port, http=Impatient, lifespan="off", timeout_keep_alive=30, log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port():
    with served(ok) as port:
        yield port


def seconds_until_closed(connection: socket.socket, drip: bytes = b"") -> float:
    """Send a byte now and then, and return when the server has closed the connection."""
    begin = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - begin < 20 * SECONDS:
        try:
            if drip:
                connection.sendall(drip)
            if not connection.recv(65536):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - begin


def receive_until(connection: socket.socket, end: bytes) -> None:
    received = b""
    while not received.endswith(end):
        received += connection.recv(65536) or pytest.fail("closed")


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b""),
        (b"GET / HTTP/1.1\r\nX-Slow: ", b"a"),
    ],
)
def test_a_head_that_does_not_come_closes_the_connection(port, first, drip):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(first)
        assert SECONDS / 2 < seconds_until_closed(connection, drip) < 10 * SECONDS


def test_neither_does_a_second_one_that_comes_little_by_little(port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        receive_until(connection, b"ok 0")
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert seconds_until_closed(connection, b"a") < 10 * SECONDS


def test_the_rest_of_a_body_that_was_refused_is_not_taken_for_ever():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    refusing = PlainTextResponse("no", 413)
    with served(refusing) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        receive_until(connection, b"no")
        assert seconds_until_closed(connection, b"a") < 10 * SECONDS


def test_a_long_answer_and_requests_one_after_another_are_left_alone():
    async def slow(scope, receive, send):
        await asyncio.sleep(3 * SECONDS)
        await PlainTextResponse("slow")(scope, receive, send)

    with served(slow) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            receive_until(connection, b"slow")
