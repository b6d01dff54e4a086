"""The path below which a reverse proxy serves the application."""

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RootPath:
    """ASGI middleware that moves the prefix of a proxy from a request's path to its root path.

    Some proxies remove it themselves, so a path without it is left as it is.

    Args:
        app: the next application.
        root_path: `GRADIO_ROOT_PATH`: the prefix, or a URL that ends in it.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.prefix = urlsplit(root_path).path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, without the prefix; redirect the prefix alone to the page."""
        if scope["type"] != "http" or not self.prefix:
            await self.app(scope, receive, send)
            return
        if scope["path"] == self.prefix:
            # The page's addresses are relative to it, so it must end in a slash.
            query = scope["query_string"].decode("latin-1")
            target = f"{self.prefix}/?{query}" if query else f"{self.prefix}/"
            await RedirectResponse(target, 308)(scope, receive, send)
            return
        scope["root_path"] = self.prefix
        if scope["path"].startswith(f"{self.prefix}/"):
            scope["path"] = scope["path"].removeprefix(self.prefix)
            scope["raw_path"] = scope["raw_path"].removeprefix(self.prefix.encode())
        await self.app(scope, receive, send)
