"""Security headers: which scripts a page may run, and who may show it in a frame."""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PAGE, _DOCS = "/", "/docs"
# Routes that return HTML. It is requested uncompressed, so that its inline scripts can be hashed.
_HTML = (_PAGE, _DOCS)
_INLINE_SCRIPT = re.compile(
    rb"<script(?![^>]*\ssrc\s*=)[^>]*>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
_FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SecurityHeaders:
    """ASGI middleware that adds security headers to every response.

    Scripts load only from this server. Inline scripts run only if the server sent them with the
    page: the policy lists the hash of each, so that a script injected later does not run. Inline
    styles are allowed, because Gradio sets them on elements.

    Args:
        app: the next application.
        frame_ancestors: the sources of the policy's `frame-ancestors`.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        self.app = app
        self.frame_ancestors = frame_ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and add the headers to its response."""
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

        async def buffered_send(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                self._add(start, path, inline_hashes(bytes(body)))
                await send(start)
                await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, buffered_send)

    def _add(self, message: Message, path: str, hashes: list[str]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _FIXED_HEADERS.items():
            headers[name] = value
        headers["Content-Security-Policy"] = content_policy(path, self.frame_ancestors, hashes)


def content_policy(path: str, frame_ancestors: str, hashes: list[str]) -> str:
    """Return the Content-Security-Policy of a response.

    Args:
        path: the request's path. Only `/docs` loads scripts from other servers.
        frame_ancestors: the sources of `frame-ancestors`.
        hashes: the hashes of the page's inline scripts.
    """
    cdn = " https://cdn.jsdelivr.net" if path == _DOCS else ""
    icon = " https://fastapi.tiangolo.com" if path == _DOCS else ""
    inline = "".join(f" {value}" for value in hashes)
    # Gradio 6 compiles the templates of its HTML components in the browser, for which its scripts
    # need `unsafe-eval`. This does not allow inline scripts.
    inline += " 'unsafe-eval'" if path == _PAGE else ""
    rules = {
        "default-src": "'none'",
        "script-src": f"'self'{cdn}{inline}",
        "style-src": f"'self' 'unsafe-inline'{cdn}",
        "img-src": f"'self' blob: data:{icon}",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        # Gradio sets it to the page's own address.
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": frame_ancestors,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def inline_hashes(html: bytes) -> list[str]:
    """Return the hashes of a page's inline scripts in the format of a Content-Security-Policy."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(html))
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
