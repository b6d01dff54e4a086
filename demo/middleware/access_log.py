"""One look at every request: for the metrics, for the log, and for what went wrong inside."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.api.errors import error_response, noted_code
from demo.middleware.allowlist import LASTING, OTHER, QUIET, find_route
from demo.middleware.rate_limit import client_key
from demo.serving.logs import REQUESTS, client_hash
from demo.serving.metrics import Metrics

# What nginx logs where the client has gone before there was an answer.
_GONE = 499


class Observed:
    """ASGI middleware that counts and logs requests, and answers for errors that nobody expected.

    Args:
        app: the application behind it.
        metrics: where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and look at it and its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        status, came, went = _GONE, 0, 0

        async def counted_receive() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return message

        async def counted_send(message: Message) -> None:
            nonlocal status, went
            status = message.get("status", status)
            went += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, counted_receive, counted_send)
        except Exception:
            REQUESTS.exception("failure")
            if status == _GONE:
                answer = error_response(
                    scope, 500, "INTERNAL", "Something went wrong on the server."
                )
                await answer(scope, receive, counted_send)
        finally:
            self._report(scope, status, came, went, time.perf_counter() - begin)

    def _report(self, scope: Scope, status: int, came: int, went: int, seconds: float) -> None:
        route = find_route(scope["path"])
        name = route.name if route else OTHER
        code = noted_code(scope)
        self.metrics.count_request(name, status, None if name in LASTING else seconds)
        if code is not None:
            self.metrics.count_refusal(code)
        if name in QUIET and status < 400:
            return
        fields = {
            "route": name,
            "method": scope["method"] if route and scope["method"] in route.methods else OTHER,
            "status": status,
            "code": code,
            "ms": round(1000 * seconds, 1),
            "bytes_in": came,
            "bytes_out": went,
            "client": client_hash(client_key(scope)),
        }
        REQUESTS.info("request", extra={"fields": fields})
