"""Limits on request bodies: how large, how slow, and how much of them at once."""

import asyncio
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_model.images.decode import MAX_IMAGE_BYTES
from demo.api.errors import RETRY_SECONDS, error_response

# An image as base64 takes four bytes for three, and something stands around it.
BODY_BYTES = MAX_IMAGE_BYTES // 3 * 4 + 2**20
# Many images together.
MANY_BYTES = 8 * MAX_IMAGE_BYTES
# All requests together, while they are received and answered.
HELD_BYTES = 2 * MANY_BYTES
SECONDS_FOR_A_PART = 15.0
SECONDS_FOR_A_BODY = 300.0


class BodyLimit:
    """ASGI middleware that refuses bodies, whatever stands behind it.

    A body that is too large gets status 413: before a byte of it is read if its length is declared,
    else as soon as more has come than is allowed. One that does not go on gets 408, and one for
    which there is no memory now gets 503. An answer that the application behind may still give is
    dropped, so that it is the same for every route.

    Args:
        app: the application behind it.
        default: how many bytes a body may have.
        limits: other limits for certain paths.
        held: how many bytes all bodies together may have, from their arrival to the answer.
        part_seconds: how long to wait for the next part of a body.
        body_seconds: how long to wait for all of it.
    """

    def __init__(
        self,
        app: ASGIApp,
        default: int = BODY_BYTES,
        limits: Mapping[str, int] | None = None,
        held: int = HELD_BYTES,
        part_seconds: float = SECONDS_FOR_A_PART,
        body_seconds: float = SECONDS_FOR_A_BODY,
    ) -> None:
        self.app = app
        self.default = default
        self.limits = limits or {}
        self.most_held = held
        self.held = 0
        self.part_seconds = part_seconds
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], self.default)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await _too_large(scope, limit)(scope, receive, send)
            return
        await _Body(self, scope, receive, send, limit).serve()


class _Body:
    """One request on its way through a `BodyLimit`."""

    def __init__(
        self, limits: BodyLimit, scope: Scope, receive: Receive, send: Send, limit: int
    ) -> None:
        self.limits, self.limit = limits, limit
        self.scope, self.receive, self.send = scope, receive, send
        self.size = 0
        self.complete = self.started = False
        self.refused: Response | None = None
        self.deadline = asyncio.get_running_loop().time() + limits.body_seconds

    async def serve(self) -> None:
        try:
            await self.limits.app(self.scope, self.next_part, self.answer)
        except Exception:
            # Most applications fail in some way when a body breaks off.
            if self.refused is None:
                raise
        finally:
            self.limits.held -= self.size
        if self.refused is not None and not self.started:
            await self.refused(self.scope, self.receive, self.send)

    async def next_part(self) -> Message:
        if self.refused is not None:
            return {"type": "http.disconnect"}
        if self.complete:
            # What follows the body is the client's leaving, which may take as long as it likes.
            return await self.receive()
        seconds = min(self.limits.part_seconds, self.deadline - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(seconds):
                part = await self.receive()
        except TimeoutError:
            return self.refuse(
                error_response(
                    self.scope, 408, "REQUEST_TIMEOUT", "The request did not arrive in time."
                )
            )
        size = len(part.get("body", b""))
        self.size += size
        self.limits.held += size
        self.complete = part["type"] != "http.request" or not part.get("more_body", False)
        if self.size > self.limit:
            return self.refuse(_too_large(self.scope, self.limit))
        if self.limits.held > self.limits.most_held:
            message = "The server is busy with other large requests. Try again in a moment."
            return self.refuse(
                error_response(self.scope, 503, "SERVER_BUSY", message, retry_after=RETRY_SECONDS)
            )
        return part

    def refuse(self, answer: Response) -> Message:
        self.refused = answer
        return {"type": "http.disconnect"}

    async def answer(self, message: Message) -> None:
        if self.refused is None or self.started:
            self.started = True
            await self.send(message)


def _too_large(scope: Scope, limit: int) -> Response:
    return error_response(
        scope, 413, "REQUEST_TOO_LARGE", f"The request is over {limit >> 20} MiB."
    )
