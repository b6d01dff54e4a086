"""Access log and request metrics, and the response to unhandled exceptions."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.errors import error_response, noted_code
from ..serving.logs import REQUESTS, client_hash
from ..serving.metrics import Metrics
from .allowlist import OTHER, STREAMS, UNLOGGED, find_route
from .rate_limit import client_key

# As in nginx: the client closed the connection before there was a response.
_CLIENT_CLOSED = 499


class AccessLog:
    """ASGI middleware that counts and logs requests, and answers unhandled exceptions with 500.

    Args:
        app: the next application.
        metrics: where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; log and count it at the end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        status, bytes_in, bytes_out = _CLIENT_CLOSED, 0, 0

        async def counted_receive() -> Message:
            nonlocal bytes_in
            message = await receive()
            bytes_in += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal status, bytes_out
            status = message.get("status", status)
            bytes_out += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, counted_receive, counted_send)
        except Exception:
            REQUESTS.exception("unhandled_exception")
            # No response has been started, so that one can be sent.
            if status == _CLIENT_CLOSED:
                response = error_response(
                    scope, 500, "INTERNAL", "Something went wrong on the server."
                )
                await response(scope, receive, counted_send)
        finally:
            self._report(scope, status, bytes_in, bytes_out, time.perf_counter() - begin)

    def _report(
        self, scope: Scope, status: int, bytes_in: int, bytes_out: int, seconds: float
    ) -> None:
        route = find_route(scope["path"])
        name = route.name if route else OTHER
        code = noted_code(scope)
        self.metrics.count_request(name, status, None if name in STREAMS else seconds)
        if code is not None:
            self.metrics.count_rejected(code)
        if name in UNLOGGED and status < 400:
            return
        fields = {
            "route": name,
            "method": scope["method"] if route and scope["method"] in route.methods else OTHER,
            "status": status,
            "code": code,
            "ms": round(1000 * seconds, 1),
            "bytes_in": bytes_in,
            "bytes_out": bytes_out,
            "client": client_hash(client_key(scope)),
        }
        REQUESTS.info("request", extra={"fields": fields})
