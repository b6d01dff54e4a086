"""HTTP Basic authentication with one user and one password."""

import base64
import binascii
import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from ..api.errors import error_response
from .allowlist import HEALTH
from .rate_limit import ClientRates, client_key, too_many_requests

_CHALLENGE = 'Basic realm="captcha_model", charset="UTF-8"'


class BasicAuth:
    """ASGI middleware that requires the password for every route but `/healthz`.

    Args:
        app: the next application.
        auth: user and password.
        rates: the clients' request rates, against which wrong passwords count, whatever the method;
            None does not limit attempts.
    """

    def __init__(
        self, app: ASGIApp, auth: tuple[str, str], rates: ClientRates | None = None
    ) -> None:
        self.app = app
        self.expected = ":".join(auth).encode()
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 401 or 429."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        credentials = _parse_credentials(dict(scope["headers"]).get(b"authorization", b""))
        if credentials is not None and hmac.compare_digest(credentials, self.expected):
            await self.app(scope, receive, send)
            return
        if credentials is not None and self.rates is not None:
            seconds = await self.rates.hit(client_key(scope))
            if seconds is not None:
                await too_many_requests(scope, seconds)(scope, receive, send)
                return
        response = error_response(
            scope, 401, "LOGIN_REQUIRED", "This server requires a user and a password."
        )
        response.headers["WWW-Authenticate"] = _CHALLENGE
        await response(scope, receive, send)


def _parse_credentials(header: bytes) -> bytes | None:
    """Return `user:password` from an Authorization header, or None if it has no valid ones."""
    scheme, _, encoded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return None
