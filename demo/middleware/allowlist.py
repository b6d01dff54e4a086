"""The allowlist of routes, each with a name for metrics and logs; all others are rejected.

Gradio adds dozens of routes: a proxy, links to saved states, editors, recordings, component
servers. The page needs few of them, and only those are reachable.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from ..api.errors import UPLOAD, error_response

READ, READ_MANY = "/api/read", "/api/read_many"
# What the page itself sends.
PAGE_READ, PAGE_ROWS = "/page/read", "/page/rows"
HEALTH, METRICS = "/healthz", "/metrics"
OTHER = "other"

_GET = frozenset({"GET", "HEAD"})
# A stream has no end at which to answer a HEAD request.
_STREAM = frozenset({"GET"})
_POST = frozenset({"POST"})


class Route(NamedTuple):
    """A group of paths.

    Attributes:
        name: label in metrics and logs; a fixed word, never a part of a path, which may hold the
            name of a file.
        methods: the allowed HTTP methods.
        pattern: regular expression that must match the whole path.
    """

    name: str
    methods: frozenset[str]
    pattern: str


ROUTES = (
    Route("health", _GET, HEALTH),
    Route("metrics", _GET, METRICS),
    Route("read", _POST, READ),
    Route("read_many", _POST, READ_MANY),
    Route("page_read", _POST, f"{PAGE_READ}|{PAGE_ROWS}"),
    Route("mcp", _POST | {"GET", "DELETE"}, "/mcp"),
    Route("docs", _GET, "/openapi.json|/docs"),
    Route(
        "page",
        _GET,
        "/|/config/?|/theme.css|/manifest.json|/robots.txt|/favicon.ico"
        "|/gradio_api/(theme.css|app_id/?|info/?|openapi.json|startup-events)",
    ),
    Route("assets", _GET, "/(assets|static|svelte)/.+"),
    # Files below the upload folder; no URLs.
    Route("file", _GET, "/gradio_api/file=(?!https?:|//).+"),
    Route("upload", _POST, UPLOAD),
    Route("call", _POST, r"/gradio_api/(queue/join|call/(v2/)?\w+)/?"),
    Route("result", _STREAM, r"/gradio_api/(queue/data|call/(v2/)?\w+/\w+)"),
    Route("heartbeat", _STREAM, r"/gradio_api/heartbeat/\w+"),
    Route("progress", _STREAM, "/gradio_api/upload_progress"),
    Route("cancel", _POST, "/gradio_api/(cancel|reset)/?"),
)

# Streams that last as long as a page is open or an upload runs, without work for the server.
STREAMS = ("heartbeat", "progress")
# Logged only when they fail.
UNLOGGED = ("assets", "page", "health", "metrics", *STREAMS)


def find_route(path: str, routes: Sequence[Route] = ROUTES) -> Route | None:
    """Return the route of a path, or None if no route matches."""
    # Python keeps the compiled patterns.
    return next((r for r in routes if re.fullmatch(r.pattern, path, re.DOTALL)), None)


class Allowlist:
    """ASGI middleware that rejects every request that matches none of some routes.

    Args:
        app: the next application.
        routes: all that are reachable.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Route] = ROUTES) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 404 or 405."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        route = find_route(scope["path"], self.routes)
        if route is None:
            response = error_response(scope, 404, "NOT_FOUND", "There is nothing at this address.")
            await response(scope, receive, send)
        # A browser sends OPTIONS before a page of another origin may use Gradio's API.
        elif scope["method"] not in route.methods | {"OPTIONS"}:
            response = error_response(
                scope, 405, "METHOD_NOT_ALLOWED", "This address does not allow this method."
            )
            response.headers["Allow"] = ", ".join(sorted(route.methods))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)
