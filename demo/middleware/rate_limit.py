"""Limits for each client: requests per period, and requests in flight."""

import ipaddress
import math
import time
from collections import Counter

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from ..api.errors import error_response

# An open page holds one request, or two while it waits for a result.
MAX_PER_CLIENT = 64
_CODE = "RATE_LIMITED"


def client_key(scope: Scope) -> str:
    """Return the key under which a client is counted: its IPv4 address or its IPv6 /64 network.

    A client usually has a whole /64 network of addresses. Behind a proxy the address is the proxy's
    unless `CAPTCHA_TRUSTED_PROXIES` names it; then uvicorn has set the client's address here.
    """
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


class ClientRates:
    """Counts the requests of every client in a sliding window.

    Args:
        limit: maximum number of requests per period.
    """

    def __init__(self, limit: RateLimitItem) -> None:
        self._limit = limit
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, key: str) -> int | None:
        """Count a request of a client.

        Returns:
            None if it is within the limit, else the seconds after which to try again.
        """
        if await self._window.hit(self._limit, key):
            return None
        reset = (await self._window.get_window_stats(self._limit, key)).reset_time
        return max(1, math.ceil(reset - time.time()))


class RateLimit:
    """ASGI middleware that rejects a client's requests beyond its limits with status 429.

    Only POST requests count against the rate: a browser fetches dozens of files to show the page.

    Args:
        app: the next application.
        rates: the clients' request rates; None disables both limits.
        max_per_client: maximum number of requests in flight of one client.

    Attributes:
        in_flight: the number of requests in flight of each client.
    """

    def __init__(
        self, app: ASGIApp, rates: ClientRates | None, max_per_client: int = MAX_PER_CLIENT
    ) -> None:
        self.app = app
        self.rates = rates
        self.max_per_client = max_per_client
        self.in_flight: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 429."""
        if self.rates is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        key = client_key(scope)
        if self.in_flight[key] >= self.max_per_client:
            message = "Too many requests are open at once. Close some and try again."
            response = error_response(scope, 429, _CODE, message, retry_after=1)
            await response(scope, receive, send)
            return
        if scope["method"] == "POST":
            seconds = await self.rates.hit(key)
            if seconds is not None:
                await too_many_requests(scope, seconds)(scope, receive, send)
                return
        self.in_flight[key] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.in_flight[key] -= 1
            if not self.in_flight[key]:
                del self.in_flight[key]


def too_many_requests(scope: Scope, seconds: int) -> ASGIApp:
    """Return the 429 response that asks a client to wait some seconds."""
    unit = "second" if seconds == 1 else "seconds"
    message = f"Too many requests. Try again in {seconds} {unit}."
    return error_response(scope, 429, _CODE, message, retry_after=seconds)
