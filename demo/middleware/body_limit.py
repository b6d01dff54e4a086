"""Limits on request bodies: size, arrival time, and the total size in memory."""

import asyncio
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_model import MAX_IMAGE_BYTES

from ..api.errors import RETRY_SECONDS, error_response

# One image in base64, which takes four bytes for three, and the JSON or form around it.
MAX_BODY_BYTES = MAX_IMAGE_BYTES // 3 * 4 + 2**20
# Many images in one body.
MAX_MANY_BYTES = 8 * MAX_IMAGE_BYTES
# The bodies of all requests in flight.
MAX_TOTAL_BYTES = 2 * MAX_MANY_BYTES
CHUNK_TIMEOUT_SECONDS = 15.0
BODY_TIMEOUT_SECONDS = 300.0


class BodyLimit:
    """ASGI middleware that limits request bodies for all routes.

    A body that is too large gets status 413: before any of it is read if its length is declared,
    else as soon as more than the limit has arrived. A body whose chunks stop arriving gets 408, and
    one that exceeds the total of all bodies gets 503. A response that the next application still
    sends after that is dropped, so that the response is the same for every route.

    Args:
        app: the next application.
        default: maximum size of a body in bytes.
        limits: other maximum sizes for certain paths.
        max_total: maximum size in bytes of all bodies together, from arrival to response.
        chunk_timeout: maximum time to wait for the next chunk of a body, in seconds.
        body_timeout: maximum time to wait for a whole body, in seconds.

    Attributes:
        total: size in bytes of the bodies of all requests in flight.
    """

    def __init__(
        self,
        app: ASGIApp,
        default: int = MAX_BODY_BYTES,
        limits: Mapping[str, int] | None = None,
        max_total: int = MAX_TOTAL_BYTES,
        chunk_timeout: float = CHUNK_TIMEOUT_SECONDS,
        body_timeout: float = BODY_TIMEOUT_SECONDS,
    ) -> None:
        self.app = app
        self.default = default
        self.limits = limits or {}
        self.max_total = max_total
        self.total = 0
        self.chunk_timeout = chunk_timeout
        self.body_timeout = body_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], self.default)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _too_large(scope, limit)(scope, receive, send)
            return
        await _LimitedRequest(self, scope, receive, send, limit).serve()


class _LimitedRequest:
    """One request on its way through a `BodyLimit`."""

    def __init__(
        self, limits: BodyLimit, scope: Scope, receive: Receive, send: Send, limit: int
    ) -> None:
        self.limits, self.limit = limits, limit
        self.scope, self.receive, self.send = scope, receive, send
        self.size = 0
        self.complete = self.started = False
        self.rejection: Response | None = None
        self.deadline = asyncio.get_running_loop().time() + limits.body_timeout

    async def serve(self) -> None:
        try:
            await self.limits.app(self.scope, self.limited_receive, self.limited_send)
        except Exception:
            # Most applications raise something when a body ends early.
            if self.rejection is None:
                raise
        finally:
            self.limits.total -= self.size
        if self.rejection is not None and not self.started:
            await self.rejection(self.scope, self.receive, self.send)

    async def limited_receive(self) -> Message:
        if self.rejection is not None:
            return {"type": "http.disconnect"}
        if self.complete:
            # After the body comes only the disconnect, for which there is no time limit.
            return await self.receive()
        remaining = self.deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(self.limits.chunk_timeout, remaining)):
                message = await self.receive()
        except TimeoutError:
            return self.reject(
                error_response(
                    self.scope, 408, "REQUEST_TIMEOUT", "The request did not arrive in time."
                )
            )
        size = len(message.get("body", b""))
        self.size += size
        self.limits.total += size
        self.complete = message["type"] != "http.request" or not message.get("more_body", False)
        if self.size > self.limit:
            return self.reject(_too_large(self.scope, self.limit))
        if self.limits.total > self.limits.max_total:
            text = "The server is busy with other large requests. Try again in a moment."
            return self.reject(
                error_response(self.scope, 503, "SERVER_BUSY", text, retry_after=RETRY_SECONDS)
            )
        return message

    def reject(self, response: Response) -> Message:
        self.rejection = response
        return {"type": "http.disconnect"}

    async def limited_send(self, message: Message) -> None:
        if self.rejection is None or self.started:
            self.started = True
            await self.send(message)


def _too_large(scope: Scope, limit: int) -> Response:
    return error_response(
        scope, 413, "REQUEST_TOO_LARGE", f"The request is over {limit >> 20} MiB."
    )
