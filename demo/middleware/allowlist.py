"""The routes that there are, each under a name for metrics and logs; all others are refused.

Gradio brings dozens of routes with it: a proxy, links to saved states, editors, recordings, servers
of components. The page uses few of them. What nobody needs is not there.
"""

import re
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.api.errors import UPLOAD, error_response

READ, READ_MANY = "/api/read", "/api/read_many"
HEALTH, METRICS = "/healthz", "/metrics"
OTHER = "other"

_GET = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST"})


class Route(NamedTuple):
    """Paths of one kind.

    Attributes:
        name: what metrics and logs call them; never a part of a path, which may name a file.
        methods: those that they answer.
        pattern: what a path must be as a whole.
    """

    name: str
    methods: frozenset[str]
    pattern: str


ROUTES = (
    Route("health", _GET, HEALTH),
    Route("metrics", _GET, METRICS),
    Route("read", _POST, READ),
    Route("read_many", _POST, READ_MANY),
    Route("tools", _POST | _GET | {"DELETE"}, "/mcp"),
    Route("description", _GET, "/openapi.json|/docs"),
    Route(
        "page",
        _GET,
        "/|/config/?|/theme.css|/manifest.json|/robots.txt|/favicon.ico"
        "|/gradio_api/(theme.css|app_id/?|info/?|openapi.json|startup-events)",
    ),
    Route("assets", _GET, "/(assets|static|svelte)/.+"),
    # An address here would be fetched by the server.
    Route("file", _GET, "/gradio_api/file=(?!https?:|//).+"),
    Route("upload", _POST, UPLOAD),
    # By the last of them a click on an example asks.
    Route("ask", _POST, r"/gradio_api/(queue/join|call/(v2/)?\w+|run/predict)/?"),
    Route("answer", _GET, r"/gradio_api/(queue/data|call/(v2/)?\w+/\w+)"),
    Route("open_page", _GET, r"/gradio_api/heartbeat/\w+"),
    Route("progress", _GET, "/gradio_api/upload_progress"),
    Route("cancel", _POST, "/gradio_api/(cancel|reset)/?"),
)

_COMPILED = [(route, re.compile(route.pattern, re.DOTALL)) for route in ROUTES]
# These last as long as somebody looks at the page or uploads, and are nobody's work.
LASTING = ("open_page", "progress")
# Only these are worth a line in the log each time.
QUIET = ("assets", "page", "health", "metrics", *LASTING)


def find_route(path: str) -> Route | None:
    """Return which route a path is of; None is none."""
    return next((route for route, pattern in _COMPILED if pattern.fullmatch(path)), None)


class Surface:
    """ASGI middleware that refuses every request that is for none of `ROUTES`.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        route = find_route(scope["path"])
        if route is None:
            answer = error_response(scope, 404, "NOT_FOUND", "There is nothing at this address.")
            await answer(scope, receive, send)
        # A browser asks with OPTIONS whether a page from elsewhere may use Gradio's API.
        elif scope["method"] not in route.methods | {"OPTIONS"}:
            answer = error_response(
                scope, 405, "METHOD_NOT_ALLOWED", "This address takes other methods."
            )
            answer.headers["Allow"] = ", ".join(sorted(route.methods))
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)
