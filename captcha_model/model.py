"""The model as users hold it: settings, a runtime, and the reading around them."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.checkpoint import load_network, save_folder
from captcha_model.confidence import read
from captcha_model.config import CaptchaConfig
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.hub import find_folder
from captcha_model.images import ImageSource
from captcha_model.prediction import Prediction
from captcha_model.preprocessing import PreparedImage, prepare, to_batch
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.vocabulary import Vocabulary
from hub_card import CardFacts, render_card

if TYPE_CHECKING:
    import keras

DEFAULT_BATCH_SIZE = 64


class CaptchaModel:
    """Reads texts from images.

    Args:
        config: what the model reads and how its network is built.
        network: a Keras network built from `config`; a fresh, untrained one when left out.

    Example:
        >>> model = CaptchaModel.from_pretrained()
        >>> reading = model.predict("demo/examples/1.png")
        >>> reading.text, [c.confidence for c in reading.characters]
    """

    def __init__(self, config: CaptchaConfig, network: "keras.Model | None" = None) -> None:
        self.config = config
        self._architecture = networks.describe(config)
        self._runtime = KerasRuntime(networks.build(config) if network is None else network)

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        local_files_only: bool = False,
    ) -> "CaptchaModel":
        """Load a model.

        Args:
            name: a folder, or a Hub repository `user/name`; the bundled model when left out.
            revision: a branch, tag or commit of the repository.
            local_files_only: use the Hub's cache and ask nobody.

        Raises:
            ModelFolderError: not found, not one of ours, or damaged.
            ConfigError: its settings are not valid.
        """
        folder = find_folder(
            None if name is None else Path(name) if isinstance(name, os.PathLike) else name,
            revision=revision,
            local_files_only=local_files_only,
        )
        return cls(*load_network(folder))

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write the model into a folder, which is replaced whole if it holds a model already.

        Raises:
            ModelFolderError: the folder holds something else.
        """
        facts = CardFacts(
            characters=self.config.characters,
            height=self.config.height,
            width=self.config.width,
            architecture=self.config.architecture,
            parameters=self.network.count_params(),
        )
        save_folder(Path(folder), self.config, self.network, render_card(facts))

    def warm_up(self) -> None:
        """Read a blank image, so that the first real one does not wait for the compilation."""
        self.predict(np.zeros(self.config.input_shape, np.uint8))

    @property
    def network(self) -> "keras.Model":
        """The Keras network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes)."""
        return self._runtime.network

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model can read."""
        return self.config.vocabulary

    @property
    def device(self) -> str:
        """What the model runs on: "CPU" or the name of a GPU."""
        return self._runtime.device

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
