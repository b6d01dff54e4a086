"""Graceful shutdown: requests in flight are finished, new ones are rejected."""

import signal
import time
from collections import deque
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.errors import RETRY_SECONDS, error_response
from .allowlist import HEALTH, STREAMS, find_route
from .rate_limit import client_key

DRAIN_TIMEOUT_SECONDS = 10.0
# A client that has the number of a Gradio event requests its result within this time, and one whose
# upload was taken sends the call that reads it.
RESULT_TIMEOUT_SECONDS = 2.0
# Requests sent just before the signal may arrive after it, so they are accepted for this long.
ACCEPT_SECONDS = 0.25
# Connections are closed after this long without work.
QUIET_SECONDS = 0.3
MAX_IN_FLIGHT = 400
_RETRY_AFTER_STOP = 10
# Routes that a client needs to receive a result in flight.
_RESULT_ROUTES = ("result", "file", "progress")


def _never() -> bool:
    return False


class InFlightRequests:
    """The requests in flight on a server, and the state of its shutdown.

    Args:
        is_at_work: returns whether there is work that belongs to no open request.
        has_undelivered: returns whether there are results that no client has requested yet.

    Attributes:
        count: number of requests in flight.
        blocking: number of those that shutdown waits for.
    """

    def __init__(
        self,
        is_at_work: Callable[[], bool] = _never,
        has_undelivered: Callable[[], bool] = _never,
    ) -> None:
        self.count = 0
        self.blocking = 0
        self._is_at_work, self._has_undelivered = is_at_work, has_undelivered
        self._stopped = self._last_end = 0.0
        # When the uploads of each client end that no call has followed yet, the oldest first.
        self._uploads: dict[str, deque[float]] = {}

    @property
    def stopping(self) -> bool:
        """Whether shutdown has begun."""
        return self._stopped > 0

    @property
    def rejecting(self) -> bool:
        """Whether new requests are rejected, because they were sent after shutdown began."""
        return self.stopping and time.monotonic() - self._stopped >= ACCEPT_SECONDS

    def stop(self) -> None:
        """Begin shutdown; a second call changes nothing."""
        self._forget_old_uploads()
        self._stopped = self._stopped or time.monotonic()

    def begin(self, *, blocking: bool) -> None:
        """Count a request as in flight; `blocking` is whether shutdown waits for it."""
        self.count += 1
        self.blocking += blocking

    def end(self, *, blocking: bool) -> None:
        """Count a request as finished."""
        self.count -= 1
        self.blocking -= blocking
        self._last_end = time.monotonic()

    def add_upload(self, client: str) -> None:
        """Note that an upload of a client was taken, which it has read by a call."""
        self._forget_old_uploads()
        self._uploads.setdefault(client, deque()).append(time.monotonic())

    def take_upload(self, client: str) -> bool:
        """Return whether an upload of a client awaits a call, and note that there was the call."""
        self._forget_old_uploads()
        uploads = self._uploads.get(client)
        if not uploads:
            return False
        uploads.popleft()
        return True

    def _forget_old_uploads(self) -> None:
        oldest = time.monotonic() - RESULT_TIMEOUT_SECONDS
        for client, uploads in list(self._uploads.items()):
            while uploads and max(uploads[0], self._stopped) < oldest:
                uploads.popleft()
            if not uploads:
                del self._uploads[client]

    def is_drained(self) -> bool:
        """Return whether shutdown has begun and no work is left, or its time limit has passed."""
        if not self.stopping:
            return False
        now = time.monotonic()
        elapsed = now - self._stopped
        if elapsed > DRAIN_TIMEOUT_SECONDS:
            return True
        if self.blocking or self._is_at_work():
            return False
        quiet = now - max(self._last_end, self._stopped)
        if self._has_undelivered() and quiet < RESULT_TIMEOUT_SECONDS:
            return False
        self._forget_old_uploads()
        return not self._uploads and quiet >= QUIET_SECONDS


class GracefulShutdown:
    """ASGI middleware that counts requests in flight and rejects new ones during shutdown.

    Args:
        app: the next application.
        in_flight: where requests are counted.
        max_in_flight: maximum number of requests in flight, streams of open pages included.
    """

    def __init__(
        self, app: ASGIApp, in_flight: InFlightRequests, max_in_flight: int = MAX_IN_FLIGHT
    ) -> None:
        self.app = app
        self.in_flight = in_flight
        self.max_in_flight = max_in_flight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 503."""
        if scope["type"] != "http" or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        route = find_route(scope["path"])
        name = route.name if route else ""
        # Every call uses up an upload, so that a client cannot go on and on.
        follows_upload = name == "call" and self.in_flight.take_upload(client_key(scope))
        if self.in_flight.rejecting and name not in _RESULT_ROUTES and not follows_upload:
            message = "The server is being stopped."
            response = error_response(
                scope, 503, "SERVER_STOPPING", message, retry_after=_RETRY_AFTER_STOP
            )
            response.headers["Connection"] = "close"
            await response(scope, receive, send)
            return
        if self.in_flight.count >= self.max_in_flight:
            message = "The server is busy: too many requests are open. Try again in a moment."
            response = error_response(scope, 503, "SERVER_BUSY", message, retry_after=RETRY_SECONDS)
            await response(scope, receive, send)
            return
        blocking = name not in STREAMS

        async def send_noted(message: Message) -> None:
            # Before the client knows of it.
            if name == "upload" and message.get("status") == 200:
                self.in_flight.add_upload(client_key(scope))
            await send(message)

        self.in_flight.begin(blocking=blocking)
        try:
            await self.app(scope, receive, send_noted)
        finally:
            self.in_flight.end(blocking=blocking)


class GracefulServer(uvicorn.Server):
    """A uvicorn server that keeps its port open on SIGTERM and Ctrl-C until no work is left.

    uvicorn itself closes the port at once, and connections in its backlog are lost. The process
    then exits with code 0, after its own cleanup. A second Ctrl-C ends it at once.

    Args:
        config: uvicorn's configuration.
        in_flight: the requests in flight.
        release: called before connections are closed, to end streams that never end by themselves.
    """

    def __init__(
        self, config: uvicorn.Config, in_flight: InFlightRequests, release: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self.in_flight = in_flight
        self.release = release

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Begin shutdown, or exit at once on a second Ctrl-C."""
        if self.in_flight.stopping and sig == signal.SIGINT:
            self.should_exit = self.force_exit = True
        self.in_flight.stop()

    async def on_tick(self, counter: int) -> bool:
        """Check ten times a second whether shutdown is complete."""
        if self.in_flight.is_drained() and not self.should_exit:
            self.release()
            self.should_exit = True
        return await super().on_tick(counter)
