import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from demo.limits import BodyLimit

LIMIT = 100


def send_body(chunks: list[bytes], path: str = "/", *, declared: int | None = None):
    """Send a body through the middleware; return what the application behind got of it.

    A refusal before the application comes as its status and body instead.
    """
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    got, sent = [], []

    async def app(scope, receive, send):
        while True:
            message = await receive()
            got.append(message["body"])
            if not message["more_body"]:
                return

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message)

    limited = BodyLimit(app, default=LIMIT, limits={"/more": 2 * LIMIT, "/any": None})
    headers = [] if declared is None else [(b"content-length", str(declared).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    asyncio.run(limited(scope, receive, send))
    if sent:
        return sent[0]["status"], json.loads(sent[1]["body"]), got
    return b"".join(got)


@given(st.lists(st.binary(max_size=60), max_size=6))
def test_a_body_passes_whole_or_not_at_all(chunks):
    body = b"".join(chunks)
    if len(body) <= LIMIT:
        assert send_body(chunks) == body
    else:
        with pytest.raises(HTTPException) as refused:
            send_body(chunks)
        assert refused.value.status_code == 413


def test_a_declared_length_is_refused_unread():
    status, problem, got = send_body([b"x" * 101], declared=101)
    assert (status, problem["code"], got) == (413, "REQUEST_TOO_LARGE", [])
    assert send_body([b"x" * 100], declared=100) == b"x" * 100


def test_paths_have_limits_of_their_own():
    assert len(send_body([b"x" * 200], "/more", declared=200)) == 200
    assert send_body([], "/more", declared=201)[0] == 413
    assert len(send_body([b"x" * 5000], "/any", declared=5000)) == 5000


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    asyncio.run(BodyLimit(app, default=1, limits={})({"type": "lifespan"}, None, None))
    assert seen == [{"type": "lifespan"}]
