"""Dynamic batching: images that wait at the same time go through the network together."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from captcha_model import CaptchaError, CaptchaModel, ImageError, Prediction
from captcha_model.images.decode import ImageSource
from captcha_model.inference.decoder import ReadOptions
from demo.serving.metrics import Metrics
from demo.serving.queue import BoundedQueue
from demo.serving.readings import Row, read_named
from demo.serving.settings import BATCH_SIZE, QUEUE_SIZE

MANY_TIMEOUT_SECONDS = 60.0
# Images of one large request are decoded in groups of this size; the clock is checked in between.
MANY_BATCH_SIZE = 16

T = TypeVar("T")


class RequestTimeoutError(CaptchaError):
    """One request with many images took longer than the time limit."""

    codes = {"REQUEST_TIMEOUT": "The request could not be answered in time."}


@dataclass(eq=False)
class _PendingRead:
    """A single image that waits, and later its result."""

    image: ImageSource
    options: ReadOptions
    result: Prediction | ImageError | None = None


class DynamicBatcher:
    """Reads images for all surfaces: the page, its table, REST, MCP and Gradio's API.

    Single images and requests with many images wait in separate queues, so that a large request
    does not delay a single image. Single images that wait at the same time with equal options form
    one batch, which takes less time than one call each. A request never waits for a batch to fill.

    Args:
        model: The loaded model.
        metrics: Where images are counted; None counts them in a new `Metrics`.
        queue_size: Maximum number of waiting requests in each of the two queues.
        batch_size: Maximum number of single images in a batch.
    """

    def __init__(
        self,
        model: CaptchaModel,
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

    async def read(self, image: ImageSource, options: ReadOptions) -> Prediction:
        """Read one image.

        Args:
            image: Any source but a file object, which could not be read a second time if the batch
                fails.
            options: Constraints on the text and the threshold of acceptance.

        Raises:
            ImageError: The image cannot be read.
            ConstraintError: No text of the model meets the constraints.
            BusyError: The queue is full or the request waited in it for too long.
        """
        pending = _PendingRead(image, options)
        self._pending.append(pending)
        try:
            async with self._single_queue.slot():
                # A request that held the slot before may have read this image in its batch.
                if pending.result is None:
                    await self._read_batch(pending)
        finally:
            self._pending.remove(pending)
        assert pending.result is not None
        if isinstance(pending.result, ImageError):
            raise pending.result
        return pending.result

    async def _read_batch(self, first: _PendingRead) -> None:
        """Read the image that holds the slot together with waiting images of equal options."""
        others = (
            pending
            for pending in self._pending
            if pending is not first and pending.result is None and pending.options == first.options
        )
        batch = [first, *islice(others, self._batch_size - 1)]
        images = [pending.image for pending in batch]

        def read() -> list[Prediction | ImageError]:
            return list(self.model.predict_stream(images, batch_size=len(images), **first.options))

        # An error of the whole batch is raised for `first` alone; the others try again in turn.
        results = await self._single_queue.run_in_thread(read)
        for pending, result in zip(batch, results, strict=True):
            pending.result = result
            self._count(result)

    async def read_many(
        self, images: Iterable[tuple[str, ImageSource]], options: ReadOptions
    ) -> list[Row]:
        """Read several named images; one that cannot be read gives a row with its error.

        Raises:
            ConstraintError: No text of the model meets the constraints.
            BusyError: The queue is full or the request waited in it for too long.
            RequestTimeoutError: All images together take too long.
        """
        return await self.run_many(lambda: list(self.iter_rows(images, options)))

    async def run_single(self, work: Callable[[], T]) -> T:
        """Run a function that reads one image in the queue of single images; count the image."""

        def counted() -> T:
            try:
                result = work()
            except CaptchaError as error:
                self._count(error)
                raise
            self._count(result)
            return result

        return await self._single_queue.run(counted)

    async def run_many(self, work: Callable[[], T]) -> T:
        """Run a function that consumes `iter_rows` in the queue of large requests."""
        return await self._many_queue.run(work)

    def iter_rows(
        self, images: Iterable[tuple[str, ImageSource]], options: ReadOptions
    ) -> Iterator[Row]:
        """Read named images as `read_named` does, count them and enforce the time limit."""
        limited = limit_time(images, MANY_TIMEOUT_SECONDS)
        for row in read_named(self.model, limited, options, MANY_BATCH_SIZE):
            self._count(row.result)
            yield row

    def _count(self, result: object) -> None:
        code = result.code if isinstance(result, CaptchaError) else "read"
        self._metrics.count_image(code)


def limit_time(items: Iterable[T], seconds: float) -> Iterator[T]:
    """Yield items until the time limit has passed.

    Raises:
        RequestTimeoutError: The limit has passed and items are left.
    """
    end = time.monotonic() + seconds
    for item in items:
        if time.monotonic() > end:
            raise RequestTimeoutError(
                "Reading these images takes too long. Send fewer images in one request."
            )
        yield item
