"""The graceful end: what is under way or on its way is finished, and what is new is refused."""

import signal
import time
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.api.errors import RETRY_SECONDS, error_response
from demo.middleware.allowlist import HEALTH, LASTING, find_route

SECONDS_TO_FINISH = 10.0
# Who has been told the number of a Gradio event comes for its result within this time.
SECONDS_TO_FETCH = 2.0
# What was sent before the signal may come after it: so long requests are still taken.
SECONDS_TO_ARRIVE = 0.25
# So long nothing must have been under way, before the connections are closed.
SECONDS_OF_QUIET = 0.3
MOST_OPEN = 400
_RETRY_AFTER_STOP = 10
# What belongs to a reading that is under way.
_FINISHING = ("answer", "file", "progress")


def _never() -> bool:
    return False


class Traffic:
    """What is under way on a server, and whether its end has begun.

    Args:
        at_work: whether anything goes on that no request shows.
        undelivered: whether there are results that nobody has come for yet.
    """

    def __init__(
        self,
        at_work: Callable[[], bool] = _never,
        undelivered: Callable[[], bool] = _never,
    ) -> None:
        self.open = 0
        self.working = 0
        self._at_work, self._undelivered = at_work, undelivered
        self._stopped = self._last = 0.0

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopped > 0

    @property
    def refusing(self) -> bool:
        """Whether what comes now was sent after the end had begun."""
        return self.stopping and time.monotonic() - self._stopped >= SECONDS_TO_ARRIVE

    def stop(self) -> None:
        """Begin the end."""
        self._stopped = self._stopped or time.monotonic()

    def begin(self, *, work: bool) -> None:
        """Note that a request is open; one without work does not hold up the end."""
        self.open += 1
        self.working += work

    def end(self, *, work: bool) -> None:
        """Note that it is answered."""
        self.open -= 1
        self.working -= work
        self._last = time.monotonic()

    def is_over(self) -> bool:
        """Whether the end has begun and nothing is left to finish, or the time for it is over."""
        if not self.stopping:
            return False
        now = time.monotonic()
        since = now - self._stopped
        if since > SECONDS_TO_FINISH:
            return True
        if self.working or self._at_work():
            return False
        if self._undelivered() and since < SECONDS_TO_FETCH:
            return False
        return now - max(self._last, self._stopped) >= SECONDS_OF_QUIET


class Gate:
    """ASGI middleware that counts what is under way, and at the end refuses what is new.

    Args:
        app: the application behind it.
        traffic: where it is counted.
        most_open: how many requests may be open at once, pages that are looked at included.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, most_open: int = MOST_OPEN) -> None:
        self.app = app
        self.traffic = traffic
        self.most_open = most_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        route = find_route(scope["path"])
        name = route.name if route else ""
        if self.traffic.refusing and name not in _FINISHING:
            message = "The server is being stopped."
            answer = error_response(
                scope, 503, "SERVER_STOPPING", message, retry_after=_RETRY_AFTER_STOP
            )
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)
            return
        if self.traffic.open >= self.most_open:
            message = "The server is busy: too many requests are open. Try again in a moment."
            answer = error_response(scope, 503, "SERVER_BUSY", message, retry_after=RETRY_SECONDS)
            await answer(scope, receive, send)
            return
        work = name not in LASTING
        self.traffic.begin(work=work)
        try:
            await self.app(scope, receive, send)
        finally:
            self.traffic.end(work=work)


class Server(uvicorn.Server):
    """uvicorn, which on SIGTERM and Ctrl-C still answers until nothing is left to finish.

    uvicorn alone closes its port at once, and what waits there for its turn is lost. The process
    then ends with exit code 0, after its own clearing up. A second Ctrl-C ends it at once.

    Args:
        config: uvicorn's settings.
        traffic: what is under way.
        release: called before the connections are closed, to end what would never end by itself.
    """

    def __init__(
        self, config: uvicorn.Config, traffic: Traffic, release: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.traffic = traffic
        self.release = release

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin the end, or end at once."""
        if self.traffic.stopping and sig == signal.SIGINT:
            self.should_exit = self.force_exit = True
        self.traffic.stop()

    async def on_tick(self, counter: int) -> bool:
        """Look, ten times a second, whether the end has come."""
        if self.traffic.is_over() and not self.should_exit:
            self.release()
            self.should_exit = True
        return await super().on_tick(counter)
