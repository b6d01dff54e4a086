"""From images to readings, with whatever runs the network between the two."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.confidence import read
from captcha_model.config import CaptchaConfig
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images import ImageSource
from captcha_model.prediction import Prediction
from captcha_model.preprocessing import PreparedImage, prepare, to_batch
from captcha_model.runtimes import Runtime
from captcha_model.vocabulary import Vocabulary

DEFAULT_BATCH_SIZE = 64


class Reader:
    """Reads texts from images.

    Args:
        config: what is read and how images are brought to the network's size.
        runtime: runs the network that the settings describe.
    """

    def __init__(self, config: CaptchaConfig, runtime: Runtime) -> None:
        self.config = config
        self._architecture = networks.describe(config)
        self._runtime = runtime

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model can read."""
        return self.config.vocabulary

    @property
    def device(self) -> str:
        """What the model runs on and by which runtime, such as "CPU (ONNX Runtime)"."""
        return self._runtime.device

    def warm_up(self) -> None:
        """Read a blank image, so that the first real one does not wait for the compilation."""
        self.predict(np.zeros(self.config.input_shape, np.uint8))

    @overload
    def predict(self, images: ImageSource, *, batch_size: int = ...) -> Prediction: ...

    @overload
    def predict(self, images: list[ImageSource], *, batch_size: int = ...) -> list[Prediction]: ...

    @overload
    def predict(
        self, images: list[ImageSource], *, batch_size: int = ..., on_error: Literal["return"]
    ) -> list[Prediction | CaptchaError]: ...

    def predict(
        self,
        images: ImageSource | list[ImageSource],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        on_error: Literal["raise", "return"] = "raise",
    ) -> "Prediction | list[Prediction] | list[Prediction | CaptchaError]":
        """Read one image, or a list of them.

        Args:
            images: a path, bytes, a file object, a PIL image or an array (see
                `captcha_model.images`), or a list or tuple of any of these mixed.
            batch_size: how many images go through the network at once, from 1.
            on_error: what an image that cannot be read does: "raise" stops at the first one,
                "return" puts its `ImageError` in its place of the list.

        Returns:
            A `Prediction` for one image; for a list a list of the same length and order.

        Raises:
            ImageError: an image cannot be read.
            ValueError: the batch size or `on_error` is not valid.
        """
        if on_error not in ("raise", "return"):
            raise ValueError(f"on_error is 'raise' or 'return'. Received: {on_error!r}")
        several = isinstance(images, (list, tuple))
        sources = images if isinstance(images, (list, tuple)) else [images]
        results = list(self.read_each(sources, batch_size=batch_size))
        if on_error == "raise" or not several:
            for result in results:
                if isinstance(result, CaptchaError):
                    raise result
        return results if several else results[0]  # type: ignore[return-value]

    def read_each(
        self, images: Iterable[ImageSource], *, batch_size: int = DEFAULT_BATCH_SIZE
    ) -> Iterator[Prediction | ImageError]:
        """Read images as they come, a batch at a time; an unreadable one gives its error.

        Unlike `predict` it holds no more than one batch, so it suits long streams and progress
        bars. Takes and raises what `predict` does, except that image errors are returned.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is at least 1. Received: {batch_size}")
        sources = iter(images)
        while chunk := list(islice(sources, batch_size)):
            prepared = [self._prepare(source) for source in chunk]
            readings = iter(self._read([p for p in prepared if isinstance(p, PreparedImage)]))
            for item in prepared:
                yield item if isinstance(item, ImageError) else next(readings)

    def predict_pixels(self, pixels: npt.NDArray[np.uint8]) -> list[Prediction]:
        """Read images that are at the network's size already, as data sets hold them.

        Args:
            pixels: `uint8` of shape (N, height, width, channels).

        Returns:
            N readings; their spans are in the network's pixels.
        """
        width, height = self.config.width, self.config.height
        return [self._decode(row, width, height, 1.0) for row in self.logits(pixels)]

    def logits(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Run the network on images at its size, in batches.

        Args:
            pixels: `uint8` of shape (N, height, width, channels).

        Returns:
            Logits of shape (N, T, classes), before the softmax.
        """
        chunks = [
            self._runtime.logits(to_batch(pixels[i : i + DEFAULT_BATCH_SIZE]))
            for i in range(0, len(pixels), DEFAULT_BATCH_SIZE)
        ]
        if not chunks:
            return np.empty(
                (0, networks.time_steps(self.config), self.vocabulary.classes), np.float32
            )
        return np.concatenate(chunks)

    def _prepare(self, source: ImageSource) -> PreparedImage | ImageError:
        try:
            return prepare(source, self.config)
        except ImageError as error:
            return error

    def _read(self, images: list[PreparedImage]) -> list[Prediction]:
        if not images:
            return []
        logits = self._runtime.logits(to_batch([image.pixels for image in images]))
        return [
            self._decode(row, image.width, image.height, image.filled)
            for row, image in zip(logits, images, strict=True)
        ]

    def _decode(
        self, logits: npt.NDArray[np.float32], width: int, height: int, filled: float
    ) -> Prediction:
        return read(
            logits,
            self.config.characters,
            width=width,
            height=height,
            filled=filled,
            output=self._architecture.output,
            left_to_right=self._architecture.left_to_right,
        )
