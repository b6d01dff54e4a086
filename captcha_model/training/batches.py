"""Training batches, in an order that depends on the seed and the epoch only."""

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

from captcha_model.data.samples import TrainingImages
from captcha_model.data.transforms.outliers import random_outliers
from captcha_model.errors import TrainingError
from captcha_model.images.preprocessing import to_batch
from captcha_model.training.width_batches import POOL, PixelsAndLabels, batches_by_width

Augment = Callable[[npt.NDArray[np.uint8], tuple[int, ...]], npt.NDArray[np.float32]]
Encode = Callable[[tuple[str, ...]], npt.NDArray[np.int32]]
Batch: TypeAlias = tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]

_AHEAD = 4  # Batches that each thread prefetches.


class Batches:
    """Batches of (images, targets), in a new order every epoch.

    All batches have the same size: the images that would not fill the last one are left out of the
    epoch. An epoch with fewer images than the batch size is one batch.

    A batch has images of one width. Where every image has its own, see
    `captcha_model.training.width_batches`.

    This is not a `keras.utils.PyDataset`, because Keras stops and restarts its threads between
    epochs, which costs a sixth of the time of a short epoch (`benchmarks/NOTES.md`).

    Args:
        images: what to train on; streamed images are decoded when their batch is prepared.
        encode: turns labels into targets.
        batch_size: images per batch.
        passes: how often an epoch repeats the images, each time in a new order.
        seed: decides the order with the epoch, and the augmentation with the epoch and the step.
        augment: changes the pixels of a batch at random; None leaves them as they are.
        outlier_share: the number of outliers (`captcha_model.data.transforms.outliers`) that are
            added to a batch, as a fraction of its images; their targets are all 0.
        workers: the number of threads that prepare batches.
        any_width: whether every image has a width of its own.
        stretch: the least and the greatest width within which the widths of batches are changed at
            random; None changes none.
        endless: whether the images have no end, so that every epoch takes the next ones.
        devices: the number of devices that share a batch. Each gets equally many images and equally
            many outliers, so a smaller data set or another share of outliers is rounded to that.

    Raises:
        TrainingError: the batch size or the number of images is too small for the devices.
    """

    def __init__(
        self,
        images: TrainingImages,
        encode: Encode,
        *,
        batch_size: int,
        seed: int,
        augment: Augment | None,
        passes: int = 1,
        outlier_share: float = 0.0,
        workers: int = 1,
        any_width: bool = False,
        stretch: tuple[int, int] | None = None,
        endless: bool = False,
        devices: int = 1,
    ) -> None:
        self._images = images
        self._encode = encode
        self._passes = passes
        self._batch_size = _shared(min(batch_size, passes * len(images)), devices)
        self._seed = seed
        self._augment = augment
        self._outliers = devices * round(outlier_share * self._batch_size / devices)
        self._workers = workers
        self._order = lru_cache(maxsize=2)(self._new_order)
        self._any_width, self._stretch, self._endless = any_width, stretch, endless
        # Two threads that need the same pool must not both decode it.
        self._pool_lock = threading.Lock()
        self._pool = lru_cache(maxsize=2)(self._new_pool)

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        return self._passes * len(self._images) // self._batch_size

    def batch(self, epoch: int, step: int) -> Batch:
        """Return a batch: images (N, H, W, C) and targets (N, L); epoch and step count from 0."""
        pixels, labels = self._images_of(epoch, step)
        targets = self._encode(labels)
        if self._outliers:
            # Another stream of random numbers than the augmentation, which begins with the same.
            random = np.random.default_rng([self._seed, epoch, step, 1])
            outliers = random_outliers(pixels, labels, self._outliers, random)
            pixels = np.concatenate([pixels, outliers])
            targets = np.pad(targets, ((0, len(outliers)), (0, 0)))
        if self._augment is None:
            return to_batch(pixels), targets
        return self._augment(pixels, (self._seed, epoch, step)), targets

    def _images_of(self, epoch: int, step: int) -> PixelsAndLabels:
        if self._any_width:
            with self._pool_lock:
                return self._pool(epoch, step // POOL)[step % POOL]
        start = step * self._batch_size
        chosen = self._images.select(self._order(epoch)[start : start + self._batch_size])
        assert isinstance(chosen.pixels, np.ndarray), "without any_width there is one width"
        return chosen.pixels, chosen.labels

    def _new_pool(self, epoch: int, number: int) -> list[PixelsAndLabels]:
        """Return the batches of a pool: images that follow each other in the epoch's order."""
        first = number * POOL
        end = min(first + POOL, len(self)) * self._batch_size
        chosen = self._images.select(self._order(epoch)[first * self._batch_size : end])
        random = np.random.default_rng([self._seed, epoch, number, 2])
        return batches_by_width(chosen, self._batch_size, random, self._stretch)

    @contextmanager
    def ahead(self, epochs: range) -> Iterator[Iterator[Batch]]:
        """Give an iterator over all batches of some epochs that prefetches the next ones."""
        positions = ((epoch, step) for epoch in epochs for step in range(len(self)))
        with ThreadPoolExecutor(self._workers, "batches") as threads:
            try:
                yield self._prefetched(threads, positions)
            finally:
                threads.shutdown(cancel_futures=True)

    def _prefetched(
        self, threads: ThreadPoolExecutor, positions: Iterator[tuple[int, int]]
    ) -> Iterator[Batch]:
        waiting = deque(
            threads.submit(self.batch, *position)
            for position in islice(positions, _AHEAD * self._workers)
        )
        while waiting:
            ready = waiting.popleft().result()
            waiting.extend(
                threads.submit(self.batch, *position) for position in islice(positions, 1)
            )
            yield ready

    @property
    def size(self) -> int:
        """The number of images in a batch, without outliers."""
        return self._batch_size

    def _new_order(self, epoch: int) -> Any:
        if self._endless:
            return np.arange(epoch * len(self._images), (epoch + 1) * len(self._images))
        generator = np.random.default_rng([self._seed, epoch])
        return np.concatenate(
            [generator.permutation(len(self._images)) for _ in range(self._passes)]
        )


def _shared(batch_size: int, devices: int) -> int:
    """Return the largest batch size up to this one that the devices share equally."""
    if batch_size < devices:
        raise TrainingError(
            f"A batch of {batch_size} images is too small for {devices} devices.", code="DEVICES"
        )
    return batch_size // devices * devices
