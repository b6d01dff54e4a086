"""Connections that nobody uses: uvicorn 0.54 waits for the head of a request without end."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS_FOR_A_HEAD = 15.0


class WatchedProtocol(H11Protocol):
    """HTTP as uvicorn speaks it, on connections that are closed if no request comes.

    One that is idle between requests uvicorn closes itself, but not one on which a head, or the
    rest of a body that was refused, arrives little by little. How long a body may take that is
    wanted is `demo.middleware.body_limit`'s to say.
    """

    seconds = SECONDS_FOR_A_HEAD
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to watch."""
        super().connection_made(transport)
        self._look_later(idle_since=self.cycle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch no more."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_later(self, idle_since: object) -> None:
        self._look = self.loop.call_later(self.seconds, self._look_again, idle_since)

    def _look_again(self, idle_since: object) -> None:
        """Close the connection if it was idle at the last look, and no request has begun since.

        Args:
            idle_since: after which request it was idle then; itself if it was not.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self._look_later(idle_since=self)
        elif self.cycle is idle_since:
            self.transport.abort()
        else:
            self._look_later(idle_since=self.cycle)
