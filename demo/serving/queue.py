"""A line in which requests wait for their turn, with an end to the line and to the waiting."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from anyio import CapacityLimiter, Semaphore, move_on_after, to_thread

from captcha_model.errors import CaptchaError

SECONDS_IN_LINE = 20.0

T = TypeVar("T")


class BusyError(CaptchaError):
    """Too many are waiting already, or this one has waited too long."""

    codes = {"SERVER_BUSY": "Too many requests are waiting."}


class BoundedQueue:
    """A line with one place at its end: whose turn it is has it, the others wait.

    More at once would not be faster: those that wait are read together, by all cores.

    Args:
        most: how many may wait.
        seconds: how long one waits at most.
    """

    def __init__(self, most: int, seconds: float = SECONDS_IN_LINE) -> None:
        self.waiting = 0
        self._most = most
        self._seconds = seconds
        self._place = Semaphore(1)
        self._threads = CapacityLimiter(1)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn, in the order of asking; the next one's comes at the end of this.

        Raises:
            BusyError: the line is full, or the turn does not come in time.
        """
        if self.waiting >= self._most:
            raise _busy()
        self.waiting += 1
        came = False
        try:
            with move_on_after(self._seconds):
                await self._place.acquire()
                came = True
        finally:
            self.waiting -= 1
        if not came:
            raise _busy()
        try:
            yield
        finally:
            self._place.release()

    async def work(self, work: Callable[[], T]) -> T:
        """Do work in the lane's thread; for whose turn it is."""
        return await to_thread.run_sync(work, limiter=self._threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Do work when its turn has come.

        Raises:
            BusyError: as `turn` does.
        """
        async with self.turn():
            return await self.work(work)


def _busy() -> BusyError:
    return BusyError("The server is busy: too many are waiting. Try again in a moment.")
