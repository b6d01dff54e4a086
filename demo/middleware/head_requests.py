"""HEAD requests: routes answer GET alone, so they get a GET request and its body is dropped."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadRequests:
    """ASGI middleware that answers a HEAD request as GET, without the body.

    Args:
        app: the next application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # The copy shares the state, in which an error keeps its code.
        scope.setdefault("state", {})
        await self.app({**scope, "method": "GET"}, receive, without_body)
