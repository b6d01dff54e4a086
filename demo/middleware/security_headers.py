"""Headers that tell a browser what the page may do, and who may show it."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE, _DOCS = "/", "/docs"
# The routes that answer HTML, uncompressed, because its scripts are looked at.
_HTML = (_PAGE, _DOCS)
_INLINE = re.compile(
    rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """ASGI middleware that adds these headers to every answer.

    Scripts run only from this server, and of those within a page only the ones that it had when it
    left: each is named by its hash. So a script that finds its way into the page does not run.
    Styles may stand anywhere, because Gradio sets them on elements.

    Args:
        app: the application behind it.
        framed_by: the sources of `frame-ancestors`.
    """

    def __init__(self, app: ASGIApp, framed_by: str) -> None:
        self.app = app
        self.framed_by = framed_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path not in _HTML:

            async def with_headers(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._add(message, path, [])
                await send(message)

            await self.app(scope, receive, with_headers)
            return
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        start: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                self._add(start, path, inline_hashes(bytes(body)))
                await send(start)
                await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, held)

    def _add(self, message: Message, path: str, hashes: list[str]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _ALWAYS.items():
            headers[name] = value
        headers["Content-Security-Policy"] = content_policy(path, self.framed_by, hashes)


def content_policy(path: str, framed_by: str, hashes: list[str]) -> str:
    """Return the Content-Security-Policy of an answer.

    Args:
        path: of the request. `/docs`, and no other page, loads its scripts from outside.
        framed_by: the sources of `frame-ancestors`.
        hashes: of the scripts within the page.
    """
    outside = " https://cdn.jsdelivr.net" if path == _DOCS else ""
    icon = " https://fastapi.tiangolo.com" if path == _DOCS else ""
    own = "".join(f" {value}" for value in hashes)
    # Gradio 6 makes functions of the templates of its HTML components. That lets its own scripts
    # run texts, and no text of a stranger become a script.
    own += " 'unsafe-eval'" if path == _PAGE else ""
    rules = {
        "default-src": "'none'",
        "script-src": f"'self'{outside}{own}",
        "style-src": f"'self' 'unsafe-inline'{outside}",
        "img-src": f"'self' blob: data:{icon}",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        # Gradio sets it, to the page's own address.
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": framed_by,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def inline_hashes(html: bytes) -> list[str]:
    """Return the hashes of a page's own scripts as a Content-Security-Policy takes them."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
