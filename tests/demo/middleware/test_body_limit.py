import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware.body_limit import BodyLimit

LIMIT = 100


class Sent:
    """What came of a request: what the application got, and what the client got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.answers: list[dict] = []

    @property
    def status(self) -> int:
        return self.answers[0]["status"]

    @property
    def problem(self) -> dict:
        return json.loads(self.answers[1]["body"])


def limited(app, **settings) -> BodyLimit:
    return BodyLimit(app, default=LIMIT, limits={"/more": 2 * LIMIT}, **settings)


def send_body(chunks, path="/", *, declared=None, app=None, seconds=(), **settings) -> Sent:
    """Send a body through the middleware, waiting for some seconds before each of its parts."""
    sent = Sent()
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    parts.append({"type": "http.request", "body": b"", "more_body": False})
    pauses = list(seconds)

    async def reading(scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            sent.got.append(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        if pauses:
            await asyncio.sleep(pauses.pop(0))
        return parts.pop(0)

    async def send(message):
        sent.answers.append(message)

    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    middleware = limited(app or reading, **settings)
    asyncio.run(middleware(scope, receive, send))
    assert middleware.held == 0
    return sent


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_a_body_passes_whole_or_is_refused(chunks):
    body = b"".join(chunks)
    sent = send_body(chunks)
    if len(body) <= LIMIT:
        assert b"".join(sent.got) == body
        assert sent.status == 200
    else:
        assert len(b"".join(sent.got)) <= LIMIT
        assert (sent.status, sent.problem["code"]) == (413, "REQUEST_TOO_LARGE")
        assert len(sent.answers) == 2


@pytest.mark.parametrize("declared", ["101", "1e9", "-1", ""])
def test_a_declared_length_is_refused_unread(declared):
    sent = send_body([b"x" * 101], declared=declared)
    assert (sent.status, sent.problem["code"], sent.got) == (413, "REQUEST_TOO_LARGE", [])


def test_a_declared_length_within_the_limit_passes():
    assert b"".join(send_body([b"x" * 100], declared=100).got) == b"x" * 100


def test_paths_have_limits_of_their_own():
    assert len(b"".join(send_body([b"x" * 200], "/more", declared=200).got)) == 200
    assert send_body([], "/more", declared=201).status == 413


def test_the_refusal_is_ours_whatever_the_application_makes_of_a_broken_body():
    async def failing(scope, receive, send):
        await receive()
        raise RuntimeError("The body broke off.")

    assert send_body([b"x" * 101], app=failing).status == 413
    with pytest.raises(RuntimeError):
        send_body([b"x"], app=failing)


def test_a_body_that_does_not_go_on_is_refused():
    sent = send_body([b"x"] * 3, seconds=[0, 0.2, 0], part_seconds=0.1)
    assert (sent.status, sent.problem["code"]) == (408, "REQUEST_TIMEOUT")


def test_a_body_that_goes_on_for_too_long_is_refused():
    sent = send_body([b"x"] * 20, seconds=[0.04] * 20, part_seconds=0.5, body_seconds=0.2)
    assert (sent.status, sent.problem["code"]) == (408, "REQUEST_TIMEOUT")
    assert 1 <= len(sent.got) < 20


def test_the_time_to_answer_is_not_the_body_s():
    async def slow(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert send_body([b"x"], app=slow, part_seconds=0.1, body_seconds=0.1).status == 200


def test_all_bodies_together_are_limited_until_they_are_answered():
    refused: list[int] = []

    async def main():
        enough = asyncio.Event()

        async def holding(scope, receive, send):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                if not message["more_body"]:
                    break
            await enough.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        middleware = limited(holding, held=250)

        async def one() -> None:
            parts = [{"type": "http.request", "body": b"x" * 100, "more_body": False}]

            async def receive():
                return parts.pop(0)

            async def send(message):
                if "status" in message:
                    refused.append(message["status"])
                    enough.set()

            scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
            await middleware(scope, receive, send)

        await asyncio.gather(one(), one(), one())
        assert middleware.held == 0
        await one()

    asyncio.run(main())
    assert refused == [503, 200, 200, 200]


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    asyncio.run(BodyLimit(app)({"type": "lifespan"}, None, None))
    assert seen == [{"type": "lifespan"}]
