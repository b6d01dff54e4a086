"""One user and one password for everything, by HTTP Basic, which browsers and programs know."""

import base64
import binascii
import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.api.errors import error_response
from demo.middleware.allowlist import HEALTH
from demo.middleware.rate_limit import Allowance, client_key, too_many

_ASK = 'Basic realm="captcha_model", charset="UTF-8"'


class Login:
    """ASGI middleware that lets in who knows the password, and everybody to `/healthz`.

    Args:
        app: the application behind it.
        login: the user and the password.
        allowance: what a client may ask; a wrong password is counted, whatever it was sent with.
    """

    def __init__(
        self, app: ASGIApp, login: tuple[str, str], allowance: Allowance | None = None
    ) -> None:
        self.app = app
        self.expected = ":".join(login).encode()
        self.allowance = allowance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        given = _given(dict(scope["headers"]).get(b"authorization", b""))
        if given is not None and hmac.compare_digest(given, self.expected):
            await self.app(scope, receive, send)
            return
        if given is not None and self.allowance is not None:
            seconds = await self.allowance.spend(client_key(scope))
            if seconds is not None:
                await too_many(scope, seconds)(scope, receive, send)
                return
        answer = error_response(scope, 401, "LOGIN_REQUIRED", "This needs a user and a password.")
        answer.headers["WWW-Authenticate"] = _ASK
        await answer(scope, receive, send)


def _given(header: bytes) -> bytes | None:
    """Return `user:password` from a header; None where there is none."""
    kind, _, encoded = header.partition(b" ")
    if kind.lower() != b"basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return None
