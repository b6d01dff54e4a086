"""The stages from images to readings, a batch at a time, on two threads.

One thread decodes images and judges what was seen, which is mostly Python's work. The other one
does nothing but run the network, which is not: two threads that both need the interpreter for
moments take it from each other, and are slower together than one of them would be for both.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import length_hint
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.images.preprocessing import prepare, to_batch
from captcha_model.inference.decoder import Decoder
from captcha_model.prediction import Frame, Prediction
from captcha_model.runtimes.base import Runtime

if TYPE_CHECKING:
    from concurrent.futures import Future

_Logits: TypeAlias = npt.NDArray[np.float32]


class _Batch(NamedTuple):
    """Some images, prepared.

    Attributes:
        items: the size of every image, or the error of one that cannot be read, in their order.
        pixels: of those that can, `uint8` of shape (N, height, width, channels); None without any.
        last: whether it is known that no other batch follows.
    """

    items: list[Frame | ImageError]
    pixels: npt.NDArray[np.uint8] | None
    last: bool


class Pipeline:
    """Reads images by one set of options.

    Args:
        config: how images are brought to the network's size.
        runtime: runs the network.
        judge: turns what it gives into readings.
    """

    def __init__(self, config: CaptchaConfig, runtime: Runtime, judge: Decoder) -> None:
        self._config = config
        self._runtime = runtime
        self._decoder = judge

    def read(self, images: Iterable[ImageSource], size: int) -> Iterator[Prediction | ImageError]:
        """Yield a reading or the error of every image, in their order.

        Args:
            images: taken one batch before they are needed; with a size of 1, as they are needed.
            size: of a batch; only the last one may have less.
        """
        batches = self._batches(iter(images), size)
        return self._alone(batches) if size == 1 else self._beside(batches)

    def _batches(self, sources: Iterator[ImageSource], size: int) -> Iterator[_Batch]:
        while batch := list(islice(sources, size)):
            # What is left of a list is known, of a generator it is not.
            yield self._prepare(batch, last=len(batch) < size or length_hint(sources, 1) == 0)

    def _prepare(self, sources: list[ImageSource], *, last: bool) -> _Batch:
        items: list[Frame | ImageError] = []
        pixels = []
        for source in sources:
            try:
                image = prepare(source, self._config)
            except ImageError as error:
                items.append(error)
            else:
                items.append(image.frame)
                pixels.append(image.pixels)
        return _Batch(items, np.stack(pixels) if pixels else None, last)

    def _alone(self, batches: Iterable[_Batch]) -> Iterator[Prediction | ImageError]:
        """Read batch after batch."""
        for batch in batches:
            yield from self._readings(batch, self._look(batch))

    def _beside(self, batches: Iterable[_Batch]) -> Iterator[Prediction | ImageError]:
        """Prepare the next batch and judge the one before while the network reads one."""
        from concurrent.futures import ThreadPoolExecutor  # Here: a single image needs no thread.

        with ThreadPoolExecutor(1, "network") as thread:
            running: deque[tuple[_Batch, Future[_Logits | None]]] = deque()
            for batch in batches:
                running.append((batch, thread.submit(self._look, batch)))
                if len(running) > 1:
                    before, seen = running.popleft()
                    yield from self._readings(before, seen.result())
            for batch, seen in running:
                yield from self._readings(batch, seen.result())

    def _look(self, batch: _Batch) -> _Logits | None:
        """Run the network on what could be prepared; None if that is nothing."""
        if batch.pixels is None:
            return None
        return self._runtime.logits(to_batch(batch.pixels), busy=not batch.last)

    def _readings(self, batch: _Batch, logits: _Logits | None) -> Iterator[Prediction | ImageError]:
        readings: Iterator[Prediction] = iter(())
        if batch.pixels is not None and logits is not None:
            frames = [item for item in batch.items if isinstance(item, Frame)]
            readings = iter(self._decoder.judge(batch.pixels, logits, frames))
        for item in batch.items:
            yield item if isinstance(item, ImageError) else next(readings)
