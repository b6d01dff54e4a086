import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware.body_limit import BodyLimit

LIMIT = 100


class Exchange:
    """The chunks that the application received and the messages that the client received."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.messages: list[dict] = []

    @property
    def status(self) -> int:
        return self.messages[0]["status"]

    @property
    def problem(self) -> dict:
        return json.loads(self.messages[1]["body"])


def limited(app, **settings) -> BodyLimit:
    return BodyLimit(app, default=LIMIT, limits={"/more": 2 * LIMIT}, **settings)


def send_body(chunks, path="/", *, declared=None, app=None, seconds=(), **settings) -> Exchange:
    """Send a body through the middleware with a pause in seconds before each chunk."""
    exchange = Exchange()
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    pauses = list(seconds)

    async def reading(scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            exchange.chunks.append(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        if pauses:
            await asyncio.sleep(pauses.pop(0))
        return messages.pop(0)

    async def send(message):
        exchange.messages.append(message)

    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    middleware = limited(app or reading, **settings)
    asyncio.run(middleware(scope, receive, send))
    assert middleware.total == 0
    return exchange


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_a_body_passes_whole_or_is_rejected(chunks):
    body = b"".join(chunks)
    exchange = send_body(chunks)
    if len(body) <= LIMIT:
        assert b"".join(exchange.chunks) == body
        assert exchange.status == 200
    else:
        assert len(b"".join(exchange.chunks)) <= LIMIT
        assert (exchange.status, exchange.problem["code"]) == (413, "REQUEST_TOO_LARGE")
        assert len(exchange.messages) == 2


@pytest.mark.parametrize("declared", ["101", "1e9", "-1", ""])
def test_a_declared_length_over_the_limit_is_rejected_unread(declared):
    exchange = send_body([b"x" * 101], declared=declared)
    assert (exchange.status, exchange.problem["code"], exchange.chunks) == (
        413,
        "REQUEST_TOO_LARGE",
        [],
    )


def test_a_declared_length_within_the_limit_passes():
    assert b"".join(send_body([b"x" * 100], declared=100).chunks) == b"x" * 100


def test_paths_have_their_own_limits():
    assert len(b"".join(send_body([b"x" * 200], "/more", declared=200).chunks)) == 200
    assert send_body([], "/more", declared=201).status == 413


def test_the_response_is_413_even_if_the_application_fails():
    async def failing(scope, receive, send):
        await receive()
        raise RuntimeError("The body broke off.")

    assert send_body([b"x" * 101], app=failing).status == 413
    with pytest.raises(RuntimeError):
        send_body([b"x"], app=failing)


def test_a_missing_chunk_times_out():
    exchange = send_body([b"x"] * 3, seconds=[0, 0.2, 0], chunk_timeout=0.1)
    assert (exchange.status, exchange.problem["code"]) == (408, "REQUEST_TIMEOUT")


def test_a_slow_body_times_out():
    exchange = send_body([b"x"] * 20, seconds=[0.04] * 20, chunk_timeout=0.5, body_timeout=0.2)
    assert (exchange.status, exchange.problem["code"]) == (408, "REQUEST_TIMEOUT")
    assert 1 <= len(exchange.chunks) < 20


def test_time_limits_of_the_body_do_not_apply_to_the_response():
    async def slow(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert send_body([b"x"], app=slow, chunk_timeout=0.1, body_timeout=0.1).status == 200


def test_the_total_of_all_bodies_is_limited_until_their_responses():
    statuses: list[int] = []

    async def main():
        release = asyncio.Event()

        async def holding(scope, receive, send):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                if not message["more_body"]:
                    break
            await release.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        middleware = limited(holding, max_total=250)

        async def post() -> None:
            messages = [{"type": "http.request", "body": b"x" * 100, "more_body": False}]

            async def receive():
                return messages.pop(0)

            async def send(message):
                if "status" in message:
                    statuses.append(message["status"])
                    release.set()

            scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
            await middleware(scope, receive, send)

        await asyncio.gather(post(), post(), post())
        assert middleware.total == 0
        await post()

    asyncio.run(main())
    assert statuses == [503, 200, 200, 200]


def test_other_scopes_pass():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    asyncio.run(BodyLimit(app)({"type": "lifespan"}, None, None))
    assert seen == [{"type": "lifespan"}]
