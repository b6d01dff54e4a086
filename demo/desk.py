"""Where all requests for readings wait their turn, whichever way they came."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter, Semaphore, move_on_after, to_thread

from captcha_model.errors import CaptchaError
from captcha_model.images import ImageSource
from captcha_model.judging import ReadOptions
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction
from demo.metrics import Metrics
from demo.reading import Row, read_named
from demo.settings import WAITING

SECONDS_IN_LINE = 20.0
SECONDS_FOR_MANY = 60.0
# Of many images so many are decoded before the next look at the clock.
MANY_AT_ONCE = 16

T = TypeVar("T")


class BusyError(CaptchaError):
    """Too many are waiting already, or this one has waited too long."""

    code = "SERVER_BUSY"


class TooSlowError(CaptchaError):
    """One request has taken more time than one may."""

    code = "TIME_LIMIT"


class Lane:
    """A line with one place at its end: one is read for, the others wait.

    More at once would not be faster, because the network uses all cores.

    Args:
        waiting: how many may wait.
        seconds: how long one waits at most.
    """

    def __init__(self, waiting: int, seconds: float = SECONDS_IN_LINE) -> None:
        self.waiting = 0
        self._most = waiting
        self._seconds = seconds
        self._place = Semaphore(1)
        self._threads = CapacityLimiter(1)

    async def run(self, work: Callable[[], T]) -> T:
        """Do work in a thread when its turn has come.

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
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._place.release()


class Desk:
    """Reads with a model for everybody who asks: single images in one lane, many in the other.

    Args:
        model: what reads.
        metrics: where images are counted; nowhere when left out.
        waiting: how many may wait in each lane.
    """

    def __init__(
        self, model: CaptchaModel, metrics: Metrics | None = None, waiting: int = WAITING
    ) -> None:
        self.model = model
        self._metrics = metrics or Metrics()
        self._one, self._many = Lane(waiting), Lane(waiting)

    @property
    def waiting(self) -> int:
        """How many wait in both lanes."""
        return self._one.waiting + self._many.waiting

    async def read(self, image: ImageSource, how: ReadOptions) -> Prediction:
        """Read one image.

        Raises:
            ImageError: it cannot be read.
            ConstraintError: no text of the model is as `how` says.
            BusyError: its turn does not come.
        """
        return await self.one(partial(self.model.predict, image, **how))

    async def read_many(
        self, images: Iterable[tuple[str, ImageSource]], how: ReadOptions
    ) -> list[Row]:
        """Read several images; one that cannot be read has its error in its place.

        Raises:
            ConstraintError: no text of the model is as `how` says.
            BusyError: the turn does not come.
            TooSlowError: together they take too long.
        """
        return await self.many(lambda: list(self.rows(images, how)))

    async def one(self, work: Callable[[], T]) -> T:
        """Do work that reads one image, when its turn has come; count the image."""

        def counted() -> T:
            try:
                result = work()
            except CaptchaError as error:
                self._metrics.count_image(error.code)
                raise
            self._metrics.count_image("read")
            return result

        return await self._one.run(counted)

    async def many(self, work: Callable[[], T]) -> T:
        """Do work that goes through `rows`, when its turn has come."""
        return await self._many.run(work)

    def rows(self, images: Iterable[tuple[str, ImageSource]], how: ReadOptions) -> Iterator[Row]:
        """Read images as `read_named` does, count them, and stop after a time."""
        named = within(images, SECONDS_FOR_MANY)
        for row in read_named(self.model, named, how, MANY_AT_ONCE):
            code = row.result.code if isinstance(row.result, CaptchaError) else "read"
            self._metrics.count_image(code)
            yield row


def within(items: Iterable[T], seconds: float) -> Iterator[T]:
    """Yield items until a time is over.

    Raises:
        TooSlowError: it is over and there are more.
    """
    end = time.monotonic() + seconds
    for item in items:
        if time.monotonic() > end:
            raise TooSlowError("These images together take too long. Send fewer at once.")
        yield item


def _busy() -> BusyError:
    return BusyError("The server is busy: too many are waiting. Try again in a moment.")
