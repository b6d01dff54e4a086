"""A bounded queue: one request runs at a time, a limited number waits for a limited time."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import ClassVar, TypeVar

from anyio import CapacityLimiter, Semaphore, move_on_after, to_thread

from captcha_model import CaptchaError

QUEUE_TIMEOUT_SECONDS = 20.0

T = TypeVar("T")


class BusyError(CaptchaError):
    """The queue is full, or the request waited in it for too long."""

    codes: ClassVar[Mapping[str, str]] = {"SERVER_BUSY": "Too many requests are waiting."}


class BoundedQueue:
    """A first-in, first-out queue in front of one worker thread.

    More threads would not be faster: one call of the network uses all cores.

    Args:
        max_depth: maximum number of waiting requests, not counting the one that runs.
        timeout: maximum time to wait, in seconds.

    Attributes:
        depth: number of requests that wait now.
    """

    def __init__(self, max_depth: int, timeout: float = QUEUE_TIMEOUT_SECONDS) -> None:
        self.depth = 0
        self._max_depth = max_depth
        self._timeout = timeout
        self._semaphore = Semaphore(1)
        self._threads = CapacityLimiter(1)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for the slot, in order of arrival, and hold it until the context ends.

        Raises:
            BusyError: the queue is full, or the timeout has passed.
        """
        if self.depth >= self._max_depth:
            raise _busy()
        self.depth += 1
        acquired = False
        try:
            with move_on_after(self._timeout):
                await self._semaphore.acquire()
                acquired = True
        finally:
            self.depth -= 1
        if not acquired:
            raise _busy()
        try:
            yield
        finally:
            self._semaphore.release()

    async def run_in_thread(self, work: Callable[[], T]) -> T:
        """Run a function in the worker thread; the caller must hold the slot."""
        return await to_thread.run_sync(work, limiter=self._threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Wait for the slot, then run a function in the worker thread.

        Raises:
            BusyError: as in `slot`.
        """
        async with self.slot():
            return await self.run_in_thread(work)


def _busy() -> BusyError:
    return BusyError("The server is busy: too many requests are waiting. Try again in a moment.")
