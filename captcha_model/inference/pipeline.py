"""The stages from images to readings, one batch at a time, on two threads unless one is to do.

One thread decodes images and logits, which is partly work of the Python interpreter. The other one
only runs the network, which is not. Two threads that both need the interpreter take it from each
other, and both together are slower than one of them alone. Where the first one would wait for the
other, it runs the network on another batch itself.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import length_hint
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from captcha_model._utils.forks import fork_count
from captcha_model.config import CaptchaConfig
from captcha_model.decoding.own_steps import join_steps
from captcha_model.errors import ImageError
from captcha_model.images.by_width import Closer, Pixels, groups, stack, widths
from captcha_model.images.decode import ImageSource
from captcha_model.images.preprocessing import PreparedImage, prepare, to_batch
from captcha_model.images.sanitize import FrameChoice
from captcha_model.prediction import Frame
from captcha_model.runtimes.base import Runtime

if TYPE_CHECKING:
    from concurrent.futures import Future

Result = TypeVar("Result")
Decode: TypeAlias = Callable[
    [Pixels, npt.NDArray[np.float32], Sequence[Frame], Closer], list[Result]
]
DEFAULT_BATCH_SIZE = 64
PipelineSource: TypeAlias = "ImageSource | ImageError | PreparedImage | PassedOn"

_AHEAD = 2  # Batches that are prepared while the oldest one is read.
_BATCHES = 8  # Into at least this many a list is divided,
_SMALLEST_BATCH = 16  # but into none smaller than this.

_Logits: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PassedOn:
    """What is among images and needs no reading: the item is yielded in its place."""

    item: Any


class _Batch(NamedTuple):
    """Some prepared images.

    Attributes:
        items: in order, the size of every image, or what is yielded for one that is not read.
        pixels: the readable images; None if there are none.
        closer: those of them that may be looked at more closely.
        last: whether it is known that no batch follows.
    """

    items: list[Frame | ImageError | PassedOn]
    pixels: Pixels | None
    closer: Closer
    last: bool


def size_for_list(count: int, most: int) -> int:
    """Return the batch size for a list of images, of which at most `most` form a batch.

    A list is read in several batches, so that one is decoded while the network reads another,
    unless they would become smaller than is good for the network.
    """
    if count == 1:
        return min(most, 1)  # Without a thread, which one image does not need.
    return min(most, max(_SMALLEST_BATCH, -(-count // _BATCHES)))


def run_network(runtime: Runtime, pixels: Pixels, *, busy: bool = False) -> _Logits:
    """Return the logits of images of any widths: shape (N, T, classes).

    T is the number of steps of the widest image; behind its own last step an image has blanks.

    Args:
        runtime: runs the network.
        pixels: N images, at least one.
        busy: see `Runtime.logits`.
    """
    if isinstance(pixels, np.ndarray):
        return runtime.logits(to_batch(pixels), busy=busy)
    read = ((rows, runtime.logits(to_batch(chosen), busy=busy)) for rows, chosen in groups(pixels))
    return join_steps(len(pixels), read)


def with_own_widths(frames: Sequence[Frame], pixels: Pixels) -> Sequence[Frame]:
    """Return the frames of images whose steps are only a part of those of the widest one."""
    if isinstance(pixels, np.ndarray):
        return frames
    own = widths(pixels)
    return [
        frame._replace(filled=share)
        for frame, share in zip(frames, (own / own.max()).tolist(), strict=True)
    ]


def frames_of(pixels: Pixels) -> Sequence[Frame]:
    """Return the frames of images that have the network's size and no other."""
    return with_own_widths([Frame(image.shape[1], image.shape[0]) for image in pixels], pixels)


class Pipeline(Generic[Result]):
    """Reads images by one set of options.

    Args:
        config: says how images are brought to the network's size.
        runtime: runs the network.
        decode: turns the N images, the logits (N, T, classes), the N sizes and the closer looks of
            a batch into N results, such as `Decoder.decode`.
        frames: what is read of an animation.
    """

    def __init__(
        self,
        config: CaptchaConfig,
        runtime: Runtime,
        decode: Decode[Result],
        frames: FrameChoice | None = None,
    ) -> None:
        self._config = config
        self._runtime = runtime
        self._decode = decode
        self._frames = frames

    def read(self, images: Iterable[PipelineSource], size: int) -> Iterator[Result | ImageError]:
        """Yield the result or the error of every image, in order.

        Args:
            images: taken two batches before they are needed; with a size of 1, as they are needed.
                An `ImageError` among them is yielded in its place. A `PreparedImage` must have been
                prepared by the same settings.
            size: of a batch; only the last one may have less.

        Raises:
            ValueError: the size is below 1.
        """
        if size < 1:
            raise ValueError(f"batch_size must be at least 1. Received: {size}")
        batches = self._batches(iter(images), size)
        alone = size == 1 or self._runtime.threads == 1
        return self._on_one_thread(batches) if alone else self._on_two_threads(batches)

    def _batches(self, sources: Iterator[PipelineSource], size: int) -> Iterator[_Batch]:
        while (batch := self._prepare(sources, size)).items:
            yield batch

    def _prepare(self, sources: Iterator[PipelineSource], size: int) -> _Batch:
        """Prepare the next images one by one, so that only one of them is held at its full size."""
        items: list[Frame | ImageError | PassedOn] = []
        pixels: list[npt.NDArray[np.uint8]] = []
        closer: dict[int, npt.NDArray[np.uint8]] = {}
        for source in islice(sources, size):
            if isinstance(source, (ImageError, PassedOn)):
                items.append(source)
                continue
            try:
                image = (
                    source
                    if isinstance(source, PreparedImage)
                    else prepare(source, self._config, self._frames)
                )
            except ImageError as error:
                items.append(error)
            else:
                items.append(image.frame)
                if image.closer is not None:
                    closer[len(pixels)] = image.closer
                pixels.append(image.pixels)
        # The number of items left is known for a list, but not for a generator.
        last = len(items) < size or length_hint(sources, 1) == 0
        return _Batch(items, stack(pixels) if pixels else None, closer, last)

    def _on_one_thread(self, batches: Iterable[_Batch]) -> Iterator[Result | ImageError]:
        for batch in batches:
            yield from self._results(batch, self._logits(batch))

    def _on_two_threads(self, batches: Iterable[_Batch]) -> Iterator[Result | ImageError]:
        """Prepare the next batches and decode the previous one while the network reads one."""
        from concurrent.futures import ThreadPoolExecutor  # Here: a single image needs no thread.

        with ThreadPoolExecutor(1, "network") as thread:
            forks = fork_count()
            running: deque[tuple[_Batch, Future[_Logits | None]]] = deque()
            for batch in batches:
                running.append((batch, thread.submit(self._logits, batch)))
                if len(running) > _AHEAD:
                    yield from self._oldest(running, forks)
            while running:
                yield from self._oldest(running, forks)

    def _oldest(
        self, running: deque[tuple[_Batch, "Future[_Logits | None]"]], forks: int
    ) -> Iterator[Result | ImageError]:
        """Remove the first batch and return its results; `forks` is the number at the start."""
        batch, logits = running.popleft()
        if forks != fork_count():
            # A child that was forked while the caller read the stream does not have the thread.
            return self._results(batch, self._logits(batch))
        if self._runtime.concurrent:
            for place, (other, waiting) in enumerate(running):
                if logits.done():
                    break
                if waiting.cancel():  # The thread has not begun with it.
                    running[place] = (other, _finished(self._logits(other)))
        return self._results(batch, logits.result())

    def _logits(self, batch: _Batch) -> _Logits | None:
        """Run the network on the readable images; None if there are none."""
        if batch.pixels is None:
            return None
        return run_network(self._runtime, batch.pixels, busy=not batch.last)

    def _results(self, batch: _Batch, logits: _Logits | None) -> Iterator[Result | ImageError]:
        results: Iterator[Result] = iter(())
        if batch.pixels is not None and logits is not None:
            frames = [item for item in batch.items if isinstance(item, Frame)]
            own = with_own_widths(frames, batch.pixels)
            results = iter(self._decode(batch.pixels, logits, own, batch.closer))
        for item in batch.items:
            if isinstance(item, PassedOn):
                yield item.item
            else:
                yield item if isinstance(item, ImageError) else next(results)


def _finished(logits: _Logits | None) -> "Future[_Logits | None]":
    """Return a result as that of a thread."""
    from concurrent.futures import Future

    future: Future[_Logits | None] = Future()
    future.set_result(logits)
    return future
