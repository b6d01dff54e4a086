"""Reading with the bundled model that suits each image."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, TypedDict, Unpack, overload

from captcha_model import pretrained_models
from captcha_model.errors import CaptchaError, ConstraintError, ImageError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.options import ReadingKeywords, ReadingOptions, takes_reading_options
from captcha_model.inference.pipeline import DEFAULT_BATCH_SIZE, Result
from captcha_model.inference.reading_methods import Decode, ReadingMethods
from captcha_model.inference.two_readers import TwoReaders
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction
from captcha_model.pretrained_models import DEFAULT, GENERAL, PretrainedModel
from captcha_model.runtimes.choice import RuntimeChoice
from captcha_model.runtimes.onnx_session import Provider


class _How(TypedDict):
    """The arguments of `CaptchaModel.from_pretrained` that say how networks run."""

    runtime: RuntimeChoice
    threads: int | None
    providers: Sequence[Provider]
    session_options: Mapping[str, Any] | None


class ModelChooser(ReadingMethods):
    """Reads each image with the bundled model that suits it.

    An image that is in distribution for "captcha-images-v2", by its novelty detector, is read by
    that model, any other one by "general", which is opened at the first such image.
    `Prediction.model` says which one it was. A text that "captcha-images-v2" cannot read, by
    charset, length or pattern, is read by "general" whatever the image looks like, and the other
    way round. `predict` and the other reading methods are those of `CaptchaModel`.

    Args:
        runtime: what runs the networks; see `CaptchaModel.from_pretrained`.
        threads: the same.
        providers: the same.
        session_options: the same.

    Raises:
        CaptchaError: see `CaptchaModel.from_pretrained`; so does reading, if the model "general"
            cannot be opened.

    Example:
        >>> reading = ModelChooser().predict("demo/examples/1.png")
        >>> reading.text, reading.model
    """

    def __init__(
        self,
        *,
        runtime: RuntimeChoice = "auto",
        threads: int | None = None,
        providers: Sequence[Provider] = (),
        session_options: Mapping[str, Any] | None = None,
    ) -> None:
        self._how: _How = {
            "runtime": runtime,
            "threads": threads,
            "providers": providers,
            "session_options": session_options,
        }
        self._first = CaptchaModel.from_pretrained(**self._how)
        self._general: CaptchaModel | None = None

    def __repr__(self) -> str:
        names = ", ".join(model.name for model in self.models)
        return f"{type(self).__name__}({names}; device={self.device!r})"

    @property
    def models(self) -> tuple[PretrainedModel, ...]:
        """What is known of the models that it chooses from."""
        registry = pretrained_models.REGISTRY
        return tuple(registry[name] for name in (DEFAULT, GENERAL) if name in registry)

    @property
    def characters(self) -> str:
        """The characters that the models can read, each once."""
        return "".join(dict.fromkeys("".join(model.characters for model in self.models)))

    @property
    def device(self) -> str:
        """The device and the runtime of the first model, such as "CPU (ONNX Runtime)"."""
        return self._first.device

    def warm_up(self) -> None:
        """Read a blank image with the first model; see `CaptchaModel.warm_up`."""
        self._first.warm_up()

    def _stream(
        self,
        images: Iterable[ImageSource | ImageError],
        batch_size: int,
        options: ReadingOptions,
        decode: Decode[Result],
    ) -> Iterator[Result | ImageError]:
        if GENERAL not in pretrained_models.REGISTRY:
            return self._first._stream(images, batch_size, options, decode)
        try:
            readers = TwoReaders(self._first, self._open_general, options)
        except ConstraintError:
            # The model "general" may read such texts; else the error is its own.
            return self._open_general()._stream(images, batch_size, options, decode)
        return readers.read(images, batch_size, decode)

    def _open_general(self) -> CaptchaModel:
        """Open the model "general", the first time."""
        # Two threads may both come here. Either result will do, so no lock is needed, which a fork
        # could leave locked.
        if self._general is None:
            entry = pretrained_models.REGISTRY[GENERAL]
            self._general = CaptchaModel.from_pretrained(entry, **self._how)
        return self._general


@overload
def read(  # type: ignore[overload-overlap]  # A path is an iterable of texts.
    images: ImageSource, *, batch_size: int = ..., **options: Unpack[ReadingKeywords]
) -> Prediction: ...


@overload
def read(
    images: Iterable[ImageSource], *, batch_size: int = ..., **options: Unpack[ReadingKeywords]
) -> list[Prediction]: ...


@overload
def read(
    images: Iterable[ImageSource],
    *,
    batch_size: int = ...,
    on_error: Literal["return"],
    **options: Unpack[ReadingKeywords],
) -> list[Prediction | CaptchaError]: ...


@takes_reading_options
def read(
    images: ImageSource | Iterable[ImageSource],
    *,
    batch_size: int = DEFAULT_BATCH_SIZE,
    on_error: Literal["raise", "return"] = "raise",
    **options: Unpack[ReadingKeywords],
) -> "Prediction | list[Prediction] | list[Prediction | CaptchaError]":
    r"""Read one image, or several, each with the bundled model that suits it.

    The models are opened when they are first needed and stay open; see `ModelChooser`.

    Args:
        images: one image or several, as for `CaptchaModel.predict`.
        batch_size: at most this many images go through a network at once; from 1.
        on_error: what to do with an image that cannot be read: "raise" stops at the first one,
            "return" puts its `ImageError` in its place in the list.
        **options: the fields of `ReadingOptions`.

    Returns:
        A `Prediction` for one image; for several, a list of the same length and order. The
        attribute `model` is the name of the model that read the image.

    Raises:
        ImageError: an image cannot be read.
        ConstraintError: an option is not valid, or no bundled model can read a text that fits them.
        ModelFolderError: a bundled model is missing or damaged.
        DependencyError: ONNX Runtime and Keras are missing.
        ValueError: the batch size or `on_error` is not valid.

    Example:
        >>> reading = captcha_model.read("ticket.png", length=5)
        >>> reading.text, reading.confidence, reading.model
    """
    chooser = _chooser()
    return chooser.predict(images, batch_size=batch_size, on_error=on_error, **options)  # type: ignore[arg-type]


@cache
def _chooser() -> ModelChooser:
    return ModelChooser()
