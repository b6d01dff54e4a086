"""The training images, batch by batch, in an order that only the seed and the epoch decide."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import ImageSet
from captcha_model.images.preprocessing import to_batch

Augment = Callable[[npt.NDArray[np.uint8], tuple[int, ...]], npt.NDArray[np.float32]]
Encode = Callable[[tuple[str, ...]], npt.NDArray[np.int32]]
Batch: TypeAlias = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]

_AHEAD = 4  # Batches that are prepared before they are needed, for each thread.


class Batches:
    """Batches of (images, targets), each epoch in a new order.

    Every batch has the same size: images that do not fill the last one wait for another epoch's
    order. What an epoch shows is one batch where it is smaller than that.

    It is no data set of Keras's own, because that is closed and opened again between two epochs,
    which costs a sixth of a short one (`benchmarks/NOTES.md`).

    Args:
        images: what to train on; a batch is taken from it when it is needed.
        encode: turns labels into targets.
        batch_size: images a batch.
        passes: how often an epoch goes over the images, each time in a new order.
        seed: with the epoch it decides the order, and with the step the augmentation.
        augment: changes the pixels of a batch at random; None leaves them.
        workers: how many threads prepare batches.
    """

    def __init__(
        self,
        images: ImageSet,
        encode: Encode,
        *,
        batch_size: int,
        seed: int,
        augment: Augment | None,
        passes: int = 1,
        workers: int = 1,
    ) -> None:
        self._images = images
        self._encode = encode
        self._passes = passes
        self._batch_size = min(batch_size, passes * len(images))
        self._seed = seed
        self._augment = augment
        self._workers = workers
        # The augmentation has one set of random states.
        self._one_at_a_time = threading.Lock()
        self._order = lru_cache(maxsize=2)(self._new_order)

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self._passes * len(self._images) // self._batch_size

    def batch(self, epoch: int, step: int) -> Batch:
        """Return one batch of an epoch, both counted from 0."""
        start = step * self._batch_size
        chosen = self._images.select(self._order(epoch)[start : start + self._batch_size])
        targets = self._encode(chosen.labels)
        if self._augment is None:
            return to_batch(chosen.pixels), targets
        with self._one_at_a_time:
            return self._augment(chosen.pixels, (self._seed, epoch, step)), targets

    @contextmanager
    def ahead(self, epochs: range) -> Iterator[Iterator[Batch]]:
        """Give all batches of some epochs in their order, and prepare the next ones meanwhile."""
        places = ((epoch, step) for epoch in epochs for step in range(len(self)))
        with ThreadPoolExecutor(self._workers, "batches") as threads:
            try:
                yield self._prepared(threads, places)
            finally:
                threads.shutdown(cancel_futures=True)

    def _prepared(
        self, threads: ThreadPoolExecutor, places: Iterator[tuple[int, int]]
    ) -> Iterator[Batch]:
        waiting = deque(
            threads.submit(self.batch, *place) for place in islice(places, _AHEAD * self._workers)
        )
        while waiting:
            ready = waiting.popleft().result()
            waiting.extend(threads.submit(self.batch, *place) for place in islice(places, 1))
            yield ready

    def _new_order(self, epoch: int) -> Any:
        generator = np.random.default_rng([self._seed, epoch])
        return np.concatenate(
            [generator.permutation(len(self._images)) for _ in range(self._passes)]
        )
