"""The methods that read images, the same for one model and for a choice among several."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Concatenate, Literal, TypeAlias, Unpack, cast, overload

from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.images.sources import check_stream, several
from captcha_model.inference.decoder import Decoder, Inspection
from captcha_model.inference.options import ReadingKeywords, ReadingOptions, takes_reading_options
from captcha_model.inference.pipeline import DEFAULT_BATCH_SIZE, Result, size_for_list
from captcha_model.prediction import Prediction

Decode: TypeAlias = Callable[Concatenate[Decoder, ...], list[Result]]
"""`Decoder.decode` or `Decoder.inspect`."""


class ReadingMethods(ABC):
    """Reads texts from images, one, a list or a stream of them."""

    @overload
    def predict(  # type: ignore[overload-overlap]  # A path is an iterable of texts.
        self, images: ImageSource, *, batch_size: int = ..., **options: Unpack[ReadingKeywords]
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        images: Iterable[ImageSource],
        *,
        batch_size: int = ...,
        **options: Unpack[ReadingKeywords],
    ) -> list[Prediction]: ...

    @overload
    def predict(
        self,
        images: Iterable[ImageSource],
        *,
        batch_size: int = ...,
        on_error: Literal["return"],
        **options: Unpack[ReadingKeywords],
    ) -> list[Prediction | CaptchaError]: ...

    @takes_reading_options
    def predict(
        self,
        images: ImageSource | Iterable[ImageSource],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        on_error: Literal["raise", "return"] = "raise",
        **options: Unpack[ReadingKeywords],
    ) -> "Prediction | list[Prediction] | list[Prediction | CaptchaError]":
        r"""Read one image, or several; `model(images)` does the same.

        Args:
            images: a path, a data URL, bytes, a file object, a PIL image or an array (see
                `captcha_model.images.decode`), any iterable of these, or an array of images of
                shape (N, H, W) or (N, H, W, C). For an address of the web see
                `captcha_model.from_url`.
            batch_size: at most this many images go through the network at once; from 1.
            on_error: what to do with an image that cannot be read: "raise" stops at the first one,
                "return" puts its `ImageError` in its place in the list.
            **options: the fields of `ReadingOptions`.

        Returns:
            A `Prediction` for one image; for several, a list of the same length and order.

        Raises:
            ImageError: an image cannot be read.
            ConstraintError: an option is not valid, or the model can read no text that fits them.
            ValueError: the batch size or `on_error` is not valid.

        Example:
            >>> model.predict("ticket.png", pattern=r"[a-f]{2}\d{4}", min_confidence=0.99)
        """
        if on_error not in ("raise", "return"):
            raise ValueError(f"on_error must be 'raise' or 'return'. Received: {on_error!r}")
        found = several(images)
        sources = [cast("ImageSource", images)] if found is None else found
        batch_size = size_for_list(len(sources), batch_size)
        results = list(self.predict_stream(sources, batch_size=batch_size, **options))
        if on_error == "raise" or found is None:
            for result in results:
                if isinstance(result, CaptchaError):
                    raise result
        return results if found is not None else results[0]  # type: ignore[return-value]

    __call__ = predict

    @takes_reading_options
    def predict_stream(
        self,
        images: Iterable[ImageSource | ImageError],
        *,
        batch_size: int = DEFAULT_BATCH_SIZE,
        **options: Unpack[ReadingKeywords],
    ) -> Iterator[Prediction | ImageError]:
        """Read images as they come, a batch at a time; an unreadable one gives its error.

        Unlike `predict` it holds at most three batches, one of which is read while the others are
        prepared or wait, so it suits long streams and progress bars. With a batch size of 1 each
        image is read before the next one is requested.

        Args:
            images: any iterable of images, but no single one. An `ImageError` among them is passed
                on in its place, so that the caller may decode images itself.
            batch_size: at most this many images go through the network at once; from 1.
            **options: the fields of `ReadingOptions`.

        Returns:
            A `Prediction` or an `ImageError` for every image, in order.

        Raises:
            ConstraintError: an option is not valid, or the model can read no text that fits them.
            ValueError: the batch size is not valid.
            TypeError: `images` is a single image.
        """
        check_stream(images)
        return self._stream(images, batch_size, ReadingOptions(**options), Decoder.decode)

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
        check_stream(images)
        return self._stream(images, batch_size, ReadingOptions(**options), Decoder.inspect)

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

    @abstractmethod
    def _stream(
        self,
        images: Iterable[ImageSource | ImageError],
        batch_size: int,
        options: ReadingOptions,
        decode: Decode[Result],
    ) -> Iterator[Result | ImageError]:
        """Yield the result of `decode`, or the error, for every image.

        The arguments are those of `predict_stream`; the options are checked at once.
        """
