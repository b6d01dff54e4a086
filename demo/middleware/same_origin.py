"""Rejects requests that a page of another origin sends in the name of a logged-in user."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ..api.errors import error_response

# They change nothing, and the page of another origin cannot read the response.
_SAFE = ("GET", "HEAD", "OPTIONS")
_MESSAGE = (
    "A page of another origin cannot use this server while it has a login. A proxy must pass on "
    "the Host header, or send X-Forwarded-Host."
)


class SameOrigin:
    """ASGI middleware that rejects what pages of other origins send, with status 403.

    A browser adds the credentials of HTTP Basic authentication to requests of any page. It states
    where a request comes from in `Sec-Fetch-Site` (to HTTPS and loopback addresses only) and in
    `Origin`, which no page can change. Clients that are no browsers send neither and are let
    through.

    Args:
        app: the next application.
        public_url: the URL of this server if it is configured; else an empty text, and the origin
            must be that of the `Host` or `X-Forwarded-Host` header. A page of another origin can
            set neither, because its preflight request is rejected.
    """

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self.app = app
        self.public_host = _host_of(urlsplit(public_url).netloc)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it."""
        if scope["type"] == "http" and scope["method"] not in _SAFE and self._is_foreign(scope):
            response = error_response(scope, 403, "CROSS_ORIGIN", _MESSAGE)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        site = headers.get(b"sec-fetch-site")
        if site == "cross-site":
            return True
        if site in ("same-origin", "none"):
            return False
        origin = headers.get(b"origin")
        return origin is not None and _host_of(urlsplit(origin).netloc) not in self._own(headers)

    def _own(self, headers: dict[bytes, str]) -> Iterator[str]:
        """Yield the hosts under which this server was addressed."""
        if self.public_host:
            yield self.public_host
        for name in (b"host", b"x-forwarded-host"):
            for host in headers.get(name, "").split(","):
                if host.strip():
                    yield _host_of(host)


def _host_of(netloc: str) -> str:
    """Return a host with its port, without the port that its scheme has anyway."""
    return netloc.strip().lower().removesuffix(":443").removesuffix(":80")
