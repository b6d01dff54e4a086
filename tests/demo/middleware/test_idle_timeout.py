"""Connections on which no request completes, with a real uvicorn server."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from demo.middleware.idle_timeout import IdleTimeoutProtocol
from tests.demo.asgi import ok
from tests.demo.conftest import free_port

pytestmark = pytest.mark.slow

TIMEOUT = 0.4


class ShortTimeout(IdleTimeoutProtocol):
    timeout = TIMEOUT


@contextmanager
def served(app) -> Iterator[int]:
    """Serve an application in a thread and yield its port."""
    port = free_port()
    config = uvicorn.Config(
        app, port=port, http=ShortTimeout, lifespan="off", timeout_keep_alive=30, log_config=None
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
    """Return the seconds until the server closes the connection; send `drip` meanwhile."""
    begin = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() - begin < 20 * TIMEOUT:
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
def test_missing_headers_close_the_connection(port, first, drip):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(first)
        assert TIMEOUT / 2 < seconds_until_closed(connection, drip) < 10 * TIMEOUT


def test_slow_headers_of_a_second_request_close_the_connection(port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        receive_until(connection, b"ok 0")
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert seconds_until_closed(connection, b"a") < 10 * TIMEOUT


def test_the_slow_rest_of_a_rejected_body_closes_the_connection():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    rejecting = PlainTextResponse("no", 413)
    with served(rejecting) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        receive_until(connection, b"no")
        assert seconds_until_closed(connection, b"a") < 10 * TIMEOUT


def test_a_slow_response_and_consecutive_requests_keep_the_connection():
    async def slow(scope, receive, send):
        await asyncio.sleep(3 * TIMEOUT)
        await PlainTextResponse("slow")(scope, receive, send)

    with served(slow) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            receive_until(connection, b"slow")
