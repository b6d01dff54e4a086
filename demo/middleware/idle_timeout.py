"""A time limit for idle connections: uvicorn 0.54 has none for the headers of a request."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_TIMEOUT_SECONDS = 15.0


class IdleTimeoutProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also closes connections on which no request completes.

    uvicorn itself closes a connection that is silent between requests. It does not close one on
    which headers, or the rest of a rejected body, arrive very slowly. The time limits for accepted
    bodies are in `demo.middleware.body_limit`.
    """

    timeout = HEADER_TIMEOUT_SECONDS
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer."""
        super().connection_made(transport)
        self._start_timer(idle_since=self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _start_timer(self, idle_since: object) -> None:
        self._timer = self.loop.call_later(self.timeout, self._check, idle_since)

    def _check(self, idle_since: object) -> None:
        """Close the connection if it was idle at the last check and no request began since.

        Args:
            idle_since: the last request at the previous check if the connection was idle then,
                else the connection itself.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_timer(idle_since=self)
        elif self.cycle is idle_since:
            self.transport.abort()
        else:
            self._start_timer(idle_since=self.cycle)
