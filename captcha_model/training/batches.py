"""The training images, batch by batch, in an order that only the seed and the epoch decide."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import LabelledImages
from captcha_model.preprocessing import to_batch
from captcha_model.vocabulary import Vocabulary

Augment = Callable[[npt.NDArray[np.uint8], tuple[int, ...]], npt.NDArray[np.float32]]


class Batches(keras.utils.PyDataset):
    """Gives Keras batches of (images, targets), each epoch in a new order.

    Every batch has the same size: images that do not fill the last one wait for another epoch's
    order. A set smaller than one batch is one batch.

    Args:
        images: what to train on.
        vocabulary: turns labels into targets.
        batch_size: images a batch.
        seed: with the epoch it decides the order, and with the step the augmentation.
        augment: changes the pixels of a batch at random; None leaves them.
        first_epoch: the epoch to begin with, from 0.
    """

    def __init__(
        self,
        images: LabelledImages,
        vocabulary: Vocabulary,
        *,
        batch_size: int,
        seed: int,
        augment: Augment | None,
        first_epoch: int = 0,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=4)
        self._pixels = images.pixels
        self._targets = vocabulary.encode_batch(images.labels)
        self._batch_size = min(batch_size, len(images))
        self._seed = seed
        self._augment = augment
        self._begin(first_epoch)

    def __len__(self) -> int:
        return len(self._pixels) // self._batch_size

    def __getitem__(self, step: int) -> tuple[Any, Any]:
        chosen = self._order[step * self._batch_size : (step + 1) * self._batch_size]
        pixels = self._pixels[chosen]
        if self._augment is None:
            return to_batch(pixels), self._targets[chosen]
        return self._augment(pixels, (self._seed, self._epoch, step)), self._targets[chosen]

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order."""
        self._begin(self._epoch + 1)

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._pixels))
