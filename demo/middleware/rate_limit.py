"""How much one client may ask for: requests in a time, and requests that are open at once."""

import ipaddress
import math
import time
from collections import Counter

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.api.errors import error_response

# An open page holds one, or two while it waits for an answer.
MOST_OPEN = 64
_CODE = "RATE_LIMITED"


def client_key(scope: Scope) -> str:
    """Return under which name a client is counted: its address, of IPv6 the network of it.

    Who has one IPv6 address has 2 to the power of 64 of them. Behind a proxy it is the proxy's
    address, unless `CAPTCHA_TRUSTED_PROXIES` names that: then uvicorn has put the client's here.
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


class Allowance:
    """What is left to every client of a rate, by a sliding window.

    Args:
        rate: how many requests in which time.
    """

    def __init__(self, rate: RateLimitItem) -> None:
        self._rate = rate
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def spend(self, key: str) -> int | None:
        """Count a request of a client.

        Returns:
            None if it is within the rate, else after how many seconds to try again.
        """
        if await self._window.hit(self._rate, key):
            return None
        reset = (await self._window.get_window_stats(self._rate, key)).reset_time
        return max(1, math.ceil(reset - time.time()))


class RateLimit:
    """ASGI middleware that refuses what a client asks beyond its allowance, with status 429.

    What only shows the page is not counted: a browser fetches dozens of files for it.

    Args:
        app: the application behind it.
        allowance: what clients may ask; None lets everything pass.
        most_open: how many requests of a client may be open at once.
    """

    def __init__(
        self, app: ASGIApp, allowance: Allowance | None, most_open: int = MOST_OPEN
    ) -> None:
        self.app = app
        self.allowance = allowance
        self.most_open = most_open
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if self.allowance is None or scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        key = client_key(scope)
        if self.open[key] >= self.most_open:
            message = "Too many requests are open at once. Close some and try again."
            await error_response(scope, 429, _CODE, message, retry_after=1)(scope, receive, send)
            return
        if scope["method"] == "POST":
            seconds = await self.allowance.spend(key)
            if seconds is not None:
                await too_many(scope, seconds)(scope, receive, send)
                return
        self.open[key] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open[key] -= 1
            if not self.open[key]:
                del self.open[key]


def too_many(scope: Scope, seconds: int) -> ASGIApp:
    """Return the answer to a client that has to wait for some seconds."""
    unit = "second" if seconds == 1 else "seconds"
    message = f"Too many requests. Try again in {seconds} {unit}."
    return error_response(scope, 429, _CODE, message, retry_after=seconds)
