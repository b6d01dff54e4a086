"""Requests to an ASGI application without a server."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
from starlette.responses import PlainTextResponse

CLIENT = ("203.0.113.7", 4711)


async def ok(scope, receive, send) -> None:
    """ASGI application that reads the whole body and responds with its length."""
    size, more = 0, True
    while more:
        part = await receive()
        if part["type"] != "http.request":
            return
        size += len(part.get("body", b""))
        more = part.get("more_body", False)
    await PlainTextResponse(f"ok {size}")(scope, receive, send)


def send_request(
    app, path: str = "/", method: str = "GET", client=CLIENT, **options: Any
) -> httpx.Response:
    """Send one request and return the response."""
    (response,) = send_requests(app, [(path, method, client, options)])
    return response


def send_requests(
    app, requests: Sequence[tuple[str, str, tuple, dict[str, Any]]]
) -> list[httpx.Response]:
    """Send requests one after another in one event loop; return the responses."""

    async def send_all() -> list[httpx.Response]:
        responses = []
        for path, method, client, options in requests:
            transport = httpx.ASGITransport(app, client=client)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
                responses.append(await http.request(method, path, **options))
        return responses

    return asyncio.run(send_all())
