"""Where all requests for readings wait their turn, whichever way they came."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.decoder import ReadOptions
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction
from demo.serving.metrics import Metrics
from demo.serving.queue import BoundedQueue
from demo.serving.readings import Row, read_named
from demo.serving.settings import TOGETHER, WAITING

SECONDS_FOR_MANY = 60.0
# Of many images so many are decoded before the next look at the clock.
MANY_AT_ONCE = 16

T = TypeVar("T")


class TooSlowError(CaptchaError):
    """One request has taken more time than one may."""

    codes = {"REQUEST_TIMEOUT": "The request could not be answered in time."}


@dataclass(eq=False)
class _Asked:
    """One image that is asked for, and what came of it."""

    image: ImageSource
    how: ReadOptions
    result: Prediction | ImageError | None = None


class DynamicBatcher:
    """Reads with a model for everybody who asks: single images in one lane, many in the other.

    Single images that wait at the same time go through the network together, which takes less
    time than one after another. Nobody waits for others to come.

    Args:
        model: what reads.
        metrics: where images are counted; nowhere when left out.
        waiting: how many may wait in each lane.
        together: how many single images are read together at most.
    """

    def __init__(
        self,
        model: CaptchaModel,
        metrics: Metrics | None = None,
        waiting: int = WAITING,
        together: int = TOGETHER,
    ) -> None:
        self.model = model
        self._metrics = metrics or Metrics()
        self._one, self._many = BoundedQueue(waiting), BoundedQueue(waiting)
        self._together = together
        self._asked: list[_Asked] = []

    @property
    def waiting(self) -> int:
        """How many wait in both lanes."""
        return self._one.waiting + self._many.waiting

    async def read(self, image: ImageSource, how: ReadOptions) -> Prediction:
        """Read one image.

        Args:
            image: not a file object, of which only the first attempt would get anything.
            how: what is known of its text.

        Raises:
            ImageError: it cannot be read.
            ConstraintError: no text of the model is as `how` says.
            BusyError: its turn does not come.
        """
        asked = _Asked(image, how)
        self._asked.append(asked)
        try:
            async with self._one.turn():
                # By now one whose turn came before may have read this one too.
                if asked.result is None:
                    await self._read_together(asked)
        finally:
            self._asked.remove(asked)
        assert asked.result is not None
        if isinstance(asked.result, ImageError):
            raise asked.result
        return asked.result

    async def _read_together(self, first: _Asked) -> None:
        """Read the image of whose turn it is, and of those behind it that want the same done."""
        others = (
            asked
            for asked in self._asked
            if asked is not first and asked.result is None and asked.how == first.how
        )
        some = [first, *islice(others, self._together - 1)]
        images = [asked.image for asked in some]

        def read() -> list[Prediction | ImageError]:
            return list(self.model.predict_stream(images, batch_size=len(images), **first.how))

        # What this raises is for the first; the others find it out when it is their turn.
        for asked, result in zip(some, await self._one.work(read), strict=True):
            asked.result = result
            self._count(result)

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
                self._count(error)
                raise
            self._count(result)
            return result

        return await self._one.run(counted)

    async def many(self, work: Callable[[], T]) -> T:
        """Do work that goes through `rows`, when its turn has come."""
        return await self._many.run(work)

    def rows(self, images: Iterable[tuple[str, ImageSource]], how: ReadOptions) -> Iterator[Row]:
        """Read images as `read_named` does, count them, and stop after a time."""
        named = within(images, SECONDS_FOR_MANY)
        for row in read_named(self.model, named, how, MANY_AT_ONCE):
            self._count(row.result)
            yield row

    def _count(self, result: object) -> None:
        code = result.code if isinstance(result, CaptchaError) else "read"
        self._metrics.count_image(code)


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
