"""Dynamic batching: images that wait at the same time go through the network together."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, TypeVar

from captcha_model import (
    CaptchaError,
    ImageError,
    Inspection,
    Prediction,
    ReadingOptions,
    ReadingRow,
)

from .metrics import Metrics
from .queue import BoundedQueue
from .readings import AnyModel, DecodedImages, RequestImage, model_keywords, read_named
from .settings import BATCH_SIZE, QUEUE_SIZE

MANY_TIMEOUT_SECONDS = 60.0
# Images of one large request are decoded in groups of this size; the clock is checked in between.
MANY_BATCH_SIZE = 16

T = TypeVar("T")


class RequestTimeoutError(CaptchaError):
    """One request with many images took longer than the time limit."""

    codes: ClassVar[Mapping[str, str]] = {
        "REQUEST_TIMEOUT": "The request could not be answered in time."
    }


@dataclass(eq=False)
class _PendingRead:
    """A single image that waits, and later its result.

    Attributes:
        image: the image.
        options: the reading options.
        inspect: whether the result is an `Inspection` instead of a `Prediction`.
        result: the result, or the error of an image that cannot be read.
        milliseconds: time in which its whole batch was decoded and read.
    """

    image: RequestImage
    options: ReadingOptions
    inspect: bool = False
    result: Prediction | Inspection | ImageError | None = None
    milliseconds: float = 0.0

    def fits(self, other: "_PendingRead") -> bool:
        """Return whether the two can be in one batch."""
        return (self.options, self.inspect) == (other.options, other.inspect)


class DynamicBatcher:
    """Reads images for all surfaces: the page, its table, REST, MCP and Gradio's API.

    Single images and requests with many images wait in separate queues, so that a large request
    does not delay a single image. Single images that wait at the same time with equal options form
    one batch, which takes less time than one call each. A request never waits for a batch to fill.

    Args:
        model: the loaded model, or the choice among several.
        metrics: where images are counted; None counts them in a new `Metrics`.
        queue_size: maximum number of waiting requests in each of the two queues.
        batch_size: maximum number of single images in a batch.
    """

    def __init__(
        self,
        model: AnyModel,
        metrics: Metrics | None = None,
        queue_size: int = QUEUE_SIZE,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.model = model
        self._metrics = metrics or Metrics()
        self._single_queue, self._many_queue = BoundedQueue(queue_size), BoundedQueue(queue_size)
        self._batch_size = batch_size
        self._pending: list[_PendingRead] = []

    @property
    def queue_depth(self) -> int:
        """Number of requests that wait in both queues."""
        return self._single_queue.depth + self._many_queue.depth

    async def read(self, image: RequestImage, options: ReadingOptions) -> Prediction:
        """Read one image.

        Args:
            image: any source but a file object, which could not be read a second time if the batch
                fails.
            options: the reading options.

        Raises:
            ImageError: the image cannot be read.
            ConstraintError: the model can read no text that fits the options.
            BusyError: the queue is full or the request waited in it for too long.
        """
        result = (await self._read_single(_PendingRead(image, options))).result
        assert isinstance(result, Prediction)
        return result

    async def inspect(
        self, image: RequestImage, options: ReadingOptions
    ) -> tuple[Inspection, float]:
        """Read one image as `read` does, and keep the network's probabilities.

        Returns:
            The inspection, and the milliseconds in which its batch was decoded and read.
        """
        pending = await self._read_single(_PendingRead(image, options, inspect=True))
        assert isinstance(pending.result, Inspection)
        return pending.result, pending.milliseconds

    async def _read_single(self, pending: _PendingRead) -> _PendingRead:
        self._pending.append(pending)
        try:
            async with self._single_queue.slot():
                # A request that held the slot before may have read this image in its batch.
                if pending.result is None:
                    await self._read_batch(pending)
        finally:
            self._pending.remove(pending)
        if isinstance(pending.result, ImageError):
            # A reference cycle of the error and this frame would keep the image in memory.
            error, pending.result = pending.result, None
            try:
                raise error
            finally:
                del error
        return pending

    async def _read_batch(self, first: _PendingRead) -> None:
        """Read the image that holds the slot together with waiting images of equal options."""
        others = (
            pending
            for pending in self._pending
            if pending is not first and pending.result is None and pending.fits(first)
        )
        batch = [first, *islice(others, self._batch_size - 1)]
        read = self.model.inspect_stream if first.inspect else self.model.predict_stream

        def run() -> tuple[list[Prediction | Inspection | ImageError], float]:
            start = time.perf_counter()
            images = DecodedImages([pending.image for pending in batch], first.options)
            results = list(read(images, batch_size=len(batch), **model_keywords(first.options)))
            return results, 1000 * (time.perf_counter() - start)

        # An error of the whole batch is raised for `first` alone; the others try again in turn.
        results, milliseconds = await self._single_queue.run_in_thread(run)
        for pending, result in zip(batch, results, strict=True):
            pending.result, pending.milliseconds = result, milliseconds
            self._count(result)

    async def read_many(
        self,
        images: Iterable[tuple[str, RequestImage]],
        options: ReadingOptions,
        on_row: Callable[[ReadingRow], None] | None = None,
    ) -> list[ReadingRow]:
        """Read several named images; one that cannot be read gives a row with its error.

        Args:
            images: pairs of a name and an image.
            options: the reading options.
            on_row: called in the worker thread with every row when it is ready.

        Raises:
            ConstraintError: the model can read no text that fits the options.
            BusyError: the queue is full or the request waited in it for too long.
            RequestTimeoutError: all images together take too long.
        """

        def run() -> list[ReadingRow]:
            rows = []
            limited = limit_time(images, MANY_TIMEOUT_SECONDS)
            for row in read_named(self.model, limited, options, MANY_BATCH_SIZE):
                self._count(row.result)
                if on_row:
                    on_row(row)
                rows.append(row)
            return rows

        return await self._many_queue.run(run)

    def _count(self, result: object) -> None:
        code = result.code if isinstance(result, CaptchaError) else "read"
        self._metrics.count_image(code)


def limit_time(items: Iterable[T], seconds: float) -> Iterator[T]:
    """Yield items until the time limit has passed.

    Raises:
        RequestTimeoutError: the limit has passed and items are left.
    """
    end = time.monotonic() + seconds
    for item in items:
        if time.monotonic() > end:
            raise RequestTimeoutError(
                "Reading these images takes too long. Send fewer images in one request."
            )
        yield item
