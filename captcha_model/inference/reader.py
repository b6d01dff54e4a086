"""From images to readings, with any runtime for the network in between."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, Unpack, overload

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.own_steps import join_steps
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.by_width import Pixels, choose
from captcha_model.images.decode import ImageSource
from captcha_model.images.sanitize import check_frame
from captcha_model.inference.decoder import Decoder, Inspection
from captcha_model.inference.options import ReadingKeywords, ReadingOptions, takes_reading_options
from captcha_model.inference.pipeline import (
    DEFAULT_BATCH_SIZE,
    Pipeline,
    Result,
    run_network,
    size_for_list,
    with_own_widths,
)
from captcha_model.prediction import Frame, Prediction
from captcha_model.runtimes.base import Runtime
from captcha_model.vocabulary import Vocabulary


class Reader:
    """Reads texts from images.

    Args:
        config: the settings of the model.
        runtime: runs the network that the settings describe.
    """

    def __init__(self, config: CaptchaConfig, runtime: Runtime) -> None:
        self.config = config
        self._architecture = networks.describe(config)
        self._runtime = runtime

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(architecture={self.config.architecture!r}, "
            f"characters={self.config.characters!r}, device={self.device!r})"
        )

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model can read."""
        return self.config.vocabulary

    @property
    def device(self) -> str:
        """The device and the runtime that the model uses, such as "CPU (ONNX Runtime)"."""
        return self._runtime.device

    @property
    def left_to_right(self) -> bool:
        """Whether the time steps follow the image from left to right, so that there are spans."""
        return self._architecture.left_to_right

    @property
    def min_confidence(self) -> float | None:
        """The confidence at which the model accepts a reading by default; None accepts none."""
        return (self.config.calibration or Calibration()).min_confidence

    def warm_up(self) -> None:
        """Read a blank image, so that the first real one does not wait for the compilation."""
        self.predict(np.zeros(self.config.input_shape, np.uint8))

    @overload
    def predict(
        self, images: ImageSource, *, batch_size: int = ..., **options: Unpack[ReadingKeywords]
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        images: list[ImageSource],
        *,
        batch_size: int = ...,
        **options: Unpack[ReadingKeywords],
    ) -> list[Prediction]: ...

    @overload
    def predict(
        self,
        images: list[ImageSource],
        *,
        batch_size: int = ...,
        on_error: Literal["return"],
        **options: Unpack[ReadingKeywords],
    ) -> list[Prediction | CaptchaError]: ...

    @takes_reading_options
    def predict(
        self,
        images: ImageSource | list[ImageSource],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        on_error: Literal["raise", "return"] = "raise",
        **options: Unpack[ReadingKeywords],
    ) -> "Prediction | list[Prediction] | list[Prediction | CaptchaError]":
        r"""Read one image, or a list of them.

        Args:
            images: a path, a data URL, bytes, a file object, a PIL image or an array (see
                `captcha_model.images.decode`), or a list or tuple of these.
            batch_size: at most this many images go through the network at once; from 1.
            on_error: what to do with an image that cannot be read: "raise" stops at the first one,
                "return" puts its `ImageError` in its place in the list.
            **options: the fields of `ReadingOptions`.

        Returns:
            A `Prediction` for one image; for a list, a list of the same length and order.

        Raises:
            ImageError: an image cannot be read.
            ConstraintError: an option is not valid, or the model can read no text that fits them.
            ValueError: the batch size or `on_error` is not valid.

        Example:
            >>> model.predict("ticket.png", pattern=r"[a-f]{2}\d{4}", min_confidence=0.99)
        """
        if on_error not in ("raise", "return"):
            raise ValueError(f"on_error must be 'raise' or 'return'. Received: {on_error!r}")
        is_list = isinstance(images, (list, tuple))
        sources = images if isinstance(images, (list, tuple)) else [images]
        batch_size = size_for_list(len(sources), batch_size)
        results = list(self.predict_stream(sources, batch_size=batch_size, **options))
        if on_error == "raise" or not is_list:
            for result in results:
                if isinstance(result, CaptchaError):
                    raise result
        return results if is_list else results[0]  # type: ignore[return-value]

    @takes_reading_options
    def predict_stream(
        self,
        images: Iterable[ImageSource | ImageError],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        **options: Unpack[ReadingKeywords],
    ) -> Iterator[Prediction | ImageError]:
        """Read images as they come, a batch at a time; an unreadable one gives its error.

        Unlike `predict` it holds at most two batches, one that the network reads and one that is
        prepared meanwhile, so it suits long streams and progress bars. With a batch size of 1 each
        image is read before the next one is requested.

        Args:
            images: as for `predict`. An `ImageError` among them is passed on in its place, so that
                the caller may decode images itself.
            batch_size: at most this many images go through the network at once; from 1.
            **options: the fields of `ReadingOptions`.

        Returns:
            A `Prediction` or an `ImageError` for every image, in order.

        Raises:
            ConstraintError: an option is not valid, or the model can read no text that fits them.
            ValueError: the batch size is not valid.
        """
        return self._stream(images, batch_size, self._decoder(**options), Decoder.decode)

    @takes_reading_options
    def inspect_stream(
        self,
        images: Iterable[ImageSource | ImageError],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        **options: Unpack[ReadingKeywords],
    ) -> Iterator[Inspection | ImageError]:
        """Read images exactly as `predict_stream` does, and keep the network's probabilities.

        Args:
            images: as for `predict_stream`.
            batch_size: as for `predict_stream`.
            **options: the fields of `ReadingOptions`.

        Returns:
            An `Inspection` or an `ImageError` for every image, in order.
        """
        return self._stream(images, batch_size, self._decoder(**options), Decoder.inspect)

    @takes_reading_options
    def inspect(self, image: ImageSource, **options: Unpack[ReadingKeywords]) -> Inspection:
        """Read one image exactly as `predict` does, and keep the network's probabilities.

        Args:
            image: as for `predict`.
            **options: the fields of `ReadingOptions`.
        """
        (result,) = self.inspect_stream([image], batch_size=1, **options)
        if isinstance(result, ImageError):
            raise result
        return result

    @takes_reading_options
    def predict_pixels(
        self, pixels: Pixels, **options: Unpack[ReadingKeywords]
    ) -> list[Prediction]:
        """Read images that have the network's size already, as data sets hold them.

        Args:
            pixels: N images, `uint8`: an array (N, height, width, channels), or a tuple of arrays
                of several widths.
            **options: the fields of `ReadingOptions`.

        Returns:
            N readings; their spans are in the network's pixels.
        """
        decoder = self._decoder(**options)
        check_frame(decoder.frame_choice, 1)
        frames = [Frame(image.shape[1], image.shape[0]) for image in pixels]
        return decoder.decode(pixels, self.logits(pixels), with_own_widths(frames, pixels))

    def logits(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """Run the network, in batches, on images that have its size.

        Args:
            pixels: N images, as for `predict_pixels`.

        Returns:
            Logits of shape (N, T, classes), before the softmax. T is the number of steps of the
            widest image, and behind its own last step an image has certain blanks.
        """
        chunks = [
            (rows, run_network(self._runtime, choose(pixels, rows)))
            for i in range(0, len(pixels), DEFAULT_BATCH_SIZE)
            for rows in [range(i, min(i + DEFAULT_BATCH_SIZE, len(pixels)))]
        ]
        if not chunks:
            return np.empty(
                (0, networks.time_steps(self.config), self.vocabulary.classes), np.float32
            )
        return join_steps(len(pixels), chunks)

    def _stream(
        self,
        images: Iterable[ImageSource | ImageError],
        batch_size: int,
        decoder: Decoder,
        decode: Callable[..., list[Result]],
    ) -> Iterator[Result | ImageError]:
        results = partial(decode, decoder)
        pipeline = Pipeline(self.config, self._runtime, results, decoder.frame_choice)
        return pipeline.read(images, batch_size)

    def _decoder(self, **options: Unpack[ReadingKeywords]) -> Decoder:
        return Decoder(self.config, self._architecture, ReadingOptions(**options))
