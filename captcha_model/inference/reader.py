"""From images to readings, with whatever runs the network between the two."""

from collections.abc import Iterable, Iterator
from typing import Literal, Unpack, overload

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.images.preprocessing import prepare, to_batch
from captcha_model.inference.decoder import Decoder, Inspection, ReadOptions
from captcha_model.inference.pipeline import Pipeline
from captcha_model.prediction import Frame, Prediction
from captcha_model.runtimes.base import Runtime
from captcha_model.vocabulary import Vocabulary

DEFAULT_BATCH_SIZE = 64

# A list is read in so many batches at least, of which one is decoded while the network reads
# another one, as long as none gets smaller than is good for the network.
_BATCHES = 8
_LEAST_IN_A_BATCH = 16


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
    def predict(
        self, images: ImageSource, *, batch_size: int = ..., **how: Unpack[ReadOptions]
    ) -> Prediction: ...

    @overload
    def predict(
        self, images: list[ImageSource], *, batch_size: int = ..., **how: Unpack[ReadOptions]
    ) -> list[Prediction]: ...

    @overload
    def predict(
        self,
        images: list[ImageSource],
        *,
        batch_size: int = ...,
        on_error: Literal["return"],
        **how: Unpack[ReadOptions],
    ) -> list[Prediction | CaptchaError]: ...

    def predict(
        self,
        images: ImageSource | list[ImageSource],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        on_error: Literal["raise", "return"] = "raise",
        **how: Unpack[ReadOptions],
    ) -> "Prediction | list[Prediction] | list[Prediction | CaptchaError]":
        r"""Read one image, or a list of them.

        Args:
            images: a path, bytes, a file object, a PIL image or an array (see
                `captcha_model.images.decode`), or a list or tuple of any of these mixed.
            batch_size: how many images go through the network at once at most, from 1.
            on_error: what an image that cannot be read does: "raise" stops at the first one,
                "return" puts its `ImageError` in its place of the list.
            how: any of `ReadOptions`: `min_confidence`, `charset`, `length`, `pattern`,
                `beam_width`.

        Returns:
            A `Prediction` for one image; for a list a list of the same length and order.

        Raises:
            ImageError: an image cannot be read.
            ConstraintError: no text of the model is as it is said to be.
            ValueError: the batch size or another argument is not valid.

        Example:
            >>> model.predict("ticket.png", pattern=r"[a-f]{2}\d{4}", min_confidence=0.99)
        """
        if on_error not in ("raise", "return"):
            raise ValueError(f"on_error is 'raise' or 'return'. Received: {on_error!r}")
        several = isinstance(images, (list, tuple))
        sources = images if isinstance(images, (list, tuple)) else [images]
        batch_size = min(batch_size, max(_LEAST_IN_A_BATCH, -(-len(sources) // _BATCHES)))
        if len(sources) == 1:
            batch_size = min(batch_size, 1)  # Without a thread, which one image does not need.
        results = list(self.predict_stream(sources, batch_size=batch_size, **how))
        if on_error == "raise" or not several:
            for result in results:
                if isinstance(result, CaptchaError):
                    raise result
        return results if several else results[0]  # type: ignore[return-value]

    def predict_stream(
        self,
        images: Iterable[ImageSource],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        **how: Unpack[ReadOptions],
    ) -> Iterator[Prediction | ImageError]:
        """Read images as they come, a batch at a time; an unreadable one gives its error.

        Unlike `predict` it holds no more than two batches, one that the network reads and one that
        is prepared meanwhile, so it suits long streams and progress bars. With a batch size of 1
        each image is read before the next one is asked for.

        Takes and raises what `predict` does, except that image errors are returned.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is at least 1. Received: {batch_size}")
        return Pipeline(self.config, self._runtime, self._decoder(**how)).read(images, batch_size)

    def predict_pixels(
        self, pixels: npt.NDArray[np.uint8], **how: Unpack[ReadOptions]
    ) -> list[Prediction]:
        """Read images that are at the network's size already, as data sets hold them.

        Args:
            pixels: `uint8` of shape (N, height, width, channels).
            how: any of `ReadOptions`.

        Returns:
            N readings; their spans are in the network's pixels.
        """
        frames = [Frame(self.config.width, self.config.height)] * len(pixels)
        return self._decoder(**how).judge(pixels, self.logits(pixels), frames)

    def inspect(self, image: ImageSource, **how: Unpack[ReadOptions]) -> Inspection:
        """Read one image, and tell what the network saw at every time step.

        Takes and raises what `predict` does.
        """
        judge = self._decoder(**how)
        prepared = prepare(image, self.config)
        logits = self._runtime.logits(to_batch(prepared.pixels[None]))
        (reading,) = judge.judge(prepared.pixels[None], logits, [prepared.frame])
        probabilities = np.exp(judge.decoding.log_probabilities(logits[0]))
        return Inspection(reading, probabilities, prepared.frame)

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

    def _decoder(self, **how: Unpack[ReadOptions]) -> Decoder:
        return Decoder.of(self.config, self._architecture, **how)
