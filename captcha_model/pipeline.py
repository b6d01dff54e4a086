"""The stages from images to readings, a batch at a time, on two threads.

One thread decodes images and judges what was seen, which is mostly Python's work; the other one
runs the network and measures how familiar images look, which is not.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ImageError
from captcha_model.images import ImageSource
from captcha_model.judging import Judge
from captcha_model.prediction import Prediction
from captcha_model.preprocessing import PreparedImage, prepare, to_batch
from captcha_model.runtimes import Runtime

_Prepared: TypeAlias = PreparedImage | ImageError


class _Seen(NamedTuple):
    """What needs no more than a batch's pixels."""

    logits: npt.NDArray[np.float32]
    unfamiliar: list[bool]


class Pipeline:
    """Reads images by one set of options.

    Args:
        config: how images are brought to the network's size.
        runtime: runs the network.
        judge: turns what it gives into readings.
    """

    def __init__(self, config: CaptchaConfig, runtime: Runtime, judge: Judge) -> None:
        self._config = config
        self._runtime = runtime
        self._judge = judge

    def read(self, images: Iterable[ImageSource], size: int) -> Iterator[Prediction | ImageError]:
        """Yield a reading or the error of every image, in their order.

        Args:
            images: taken one batch before they are needed; with a size of 1, as they are needed.
            size: of a batch; only the last one may have less.
        """
        batches = self._batches(iter(images), size)
        return self._alone(batches) if size == 1 else self._beside(batches)

    def _batches(self, sources: Iterator[ImageSource], size: int) -> Iterator[list[_Prepared]]:
        while batch := [self._prepare(source) for source in islice(sources, size)]:
            yield batch

    def _prepare(self, source: ImageSource) -> _Prepared:
        try:
            return prepare(source, self._config)
        except ImageError as error:
            return error

    def _alone(self, batches: Iterable[list[_Prepared]]) -> Iterator[Prediction | ImageError]:
        """Read batch after batch."""
        for batch in batches:
            yield from self._readings(batch, self._see(batch))

    def _beside(self, batches: Iterator[list[_Prepared]]) -> Iterator[Prediction | ImageError]:
        """Prepare the next batch and judge the one before while the network reads one."""
        from concurrent.futures import ThreadPoolExecutor  # Here: a single image needs no thread.

        with ThreadPoolExecutor(1, "network") as thread:
            batch = next(batches, [])
            running = thread.submit(self._see, batch)
            while batch:
                following = next(batches, [])
                seen = running.result()
                running = thread.submit(self._see, following)
                yield from self._readings(batch, seen)
                batch = following

    def _see(self, batch: list[_Prepared]) -> _Seen | None:
        """Look at the images that could be prepared; None if there is none."""
        good = [item.pixels for item in batch if isinstance(item, PreparedImage)]
        if not good:
            return None
        return _Seen(self._runtime.logits(to_batch(good)), self._judge.unfamiliar(np.stack(good)))

    def _readings(
        self, batch: list[_Prepared], seen: _Seen | None
    ) -> Iterator[Prediction | ImageError]:
        frames = [item.frame for item in batch if isinstance(item, PreparedImage)]
        readings = iter(self._judge.readings(seen.logits, frames, seen.unfamiliar) if seen else ())
        for item in batch:
            yield item if isinstance(item, ImageError) else next(readings)
