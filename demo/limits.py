"""A limit on request bodies that holds before anybody reads them whole."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_model.images import MAX_BYTES

# An image as base64 takes four bytes for three, and something stands around it.
BODY_BYTES = MAX_BYTES // 3 * 4 + 2**20
# Many images together.
MANY_BYTES = 8 * MAX_BYTES


class BodyLimit:
    """ASGI middleware that refuses a body that is too large, with status 413.

    A body whose length is declared is refused before a byte of it is read; one that is not, as soon
    as more has come than is allowed.

    Args:
        app: the application behind it.
        default: how many bytes a body may have.
        limits: other limits for certain paths; None is no limit.
    """

    def __init__(self, app: ASGIApp, default: int, limits: Mapping[str, int | None]) -> None:
        self.app = app
        self.default = default
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        limit = self.limits.get(scope["path"], self.default) if scope["type"] == "http" else None
        if limit is None:
            await self.app(scope, receive, send)
            return
        message = f"The request is over {limit >> 20} MiB."
        if int(dict(scope["headers"]).get(b"content-length", 0)) > limit:
            problem = {"code": "REQUEST_TOO_LARGE", "message": message}
            await JSONResponse(problem, 413)(scope, receive, send)
            return
        left = limit

        async def counted() -> Message:
            nonlocal left
            part = await receive()
            left -= len(part.get("body", b""))
            if left < 0:
                raise HTTPException(413, message)
            return part

        await self.app(scope, counted, send)
