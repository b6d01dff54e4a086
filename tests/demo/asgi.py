"""Requests to an ASGI application without a server."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from starlette.responses import PlainTextResponse

CLIENT = ("203.0.113.7", 4711)


async def ok(scope, receive, send) -> None:
    """An application that reads the whole body and says how long it was."""
    size, more = 0, True
    while more:
        part = await receive()
        if part["type"] != "http.request":
            return
        size += len(part.get("body", b""))
        more = part.get("more_body", False)
    await PlainTextResponse(f"ok {size}")(scope, receive, send)


def ask(app, path: str = "/", method: str = "GET", client=CLIENT, **request: Any) -> httpx.Response:
    """Send one request."""
    (answer,) = ask_all(app, [(path, method, client, request)])
    return answer


def ask_all(
    app, requests: Sequence[tuple[str, str, tuple, dict[str, Any]]]
) -> list[httpx.Response]:
    """Send requests one after another, in one event loop."""

    async def send_all() -> list[httpx.Response]:
        answers = []
        for path, method, client, request in requests:
            transport = httpx.ASGITransport(app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
                answers.append(await asking.request(method, path, **request))
        return answers

    return asyncio.run(send_all())
