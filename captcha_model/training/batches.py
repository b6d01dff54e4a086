"""The training images, batch by batch, in an order that only the seed and the epoch decide."""

import threading
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import ImageSet
from captcha_model.preprocessing import to_batch

Augment = Callable[[npt.NDArray[np.uint8], tuple[int, ...]], npt.NDArray[np.float32]]
Encode = Callable[[tuple[str, ...]], npt.NDArray[np.int32]]


class Batches(keras.utils.PyDataset):
    """Gives Keras batches of (images, targets), each epoch in a new order.

    Every batch has the same size: images that do not fill the last one wait for another epoch's
    order. A set smaller than one batch is one batch.

    Args:
        images: what to train on; a batch is taken from it when it is needed.
        encode: turns labels into targets.
        batch_size: images a batch.
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
        workers: int = 1,
    ) -> None:
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=4 * workers)
        self._images = images
        self._encode = encode
        self._batch_size = min(batch_size, len(images))
        self._seed = seed
        self._augment = augment
        # Keras fetches from several threads, and the augmentation has one set of random states.
        self._one_at_a_time = threading.Lock()
        self.begin(0)

    def __len__(self) -> int:
        return len(self._images) // self._batch_size

    def __getitem__(self, step: int) -> tuple[Any, Any]:
        order = self._order[step * self._batch_size : (step + 1) * self._batch_size]
        chosen = self._images.select(order)
        targets = self._encode(chosen.labels)
        if self._augment is None:
            return to_batch(chosen.pixels), targets
        with self._one_at_a_time:
            images = self._augment(chosen.pixels, (self._seed, self._epoch, step))
        return images, targets

    def begin(self, epoch: int) -> None:
        """Take the order of an epoch, counted from 0.

        Keras's own `on_epoch_end` would not do: it is called once before the first epoch as well.
        """
        self._epoch = epoch
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._images))
