"""The images of requests: named ones, and those that are shown with their readings."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from PIL import Image

from captcha_model import (
    CaptchaModel,
    ImageError,
    ImageSource,
    ModelChooser,
    ReadingOptions,
    ReadingRow,
    decode_image,
)

# Of one request.
MAX_IMAGES = 500

AnyModel: TypeAlias = CaptchaModel | ModelChooser
"""One model that reads all images, or a choice among the bundled ones."""


class ShownImage:
    """An image that is decoded once, for its reading and for its preview.

    Args:
        source: the image, as it was uploaded.
        preview_size: the greatest width and height of the preview, in pixels.

    Attributes:
        preview: the image, reduced to that size; None before it is decoded, and if that fails.
    """

    def __init__(self, source: ImageSource, preview_size: tuple[int, int]) -> None:
        self.preview: Image.Image | None = None
        self._source = source
        self._preview_size = preview_size

    def decode(
        self,
        options: ReadingOptions = ReadingOptions(),  # noqa: B008
    ) -> Image.Image | ImageError:
        """Return the decoded image, or the error, as `CaptchaModel.predict_stream` takes them.

        Args:
            options: say what of an animation is read.
        """
        try:
            image = decode_image(self._source, frames=options.frames)
        except ImageError as error:
            return error
        # Only the small image is kept, since many may be shown at once.
        self.preview = image
        if image.width > self._preview_size[0] or image.height > self._preview_size[1]:
            self.preview = image.copy()
            self.preview.thumbnail(self._preview_size, Image.Resampling.LANCZOS)
        return image


RequestImage: TypeAlias = ImageSource | ShownImage


class DecodedImages(Iterator[ImageSource | ImageError]):
    """Iterates over images; each `ShownImage` is decoded when the model takes it, not earlier.

    It has a length, so that the model knows which batch is the last one.

    Args:
        images: the images.
        options: say what of an animation is read.
    """

    def __init__(
        self,
        images: Sequence[RequestImage],
        options: ReadingOptions = ReadingOptions(),  # noqa: B008
    ) -> None:
        self._left = deque(images)
        self._options = options

    def __len__(self) -> int:
        return len(self._left)

    def __next__(self) -> ImageSource | ImageError:
        if not self._left:
            raise StopIteration
        return decoded(self._left.popleft(), self._options)


def decoded(image: RequestImage, options: ReadingOptions) -> ImageSource | ImageError:
    """Return an image for a model that gets the options by `model_keywords`.

    A `ShownImage` is decoded here, and with a choice of frames every image, because the model could
    not find those frames in what is decoded; else the model decodes it.
    """
    if isinstance(image, ShownImage):
        return image.decode(options)
    if options.frames is None:
        return image
    try:
        return decode_image(image, frames=options.frames)
    except ImageError as error:
        return error


def model_keywords(options: ReadingOptions) -> dict[str, Any]:
    """Return the keyword arguments of a model that reads what `decoded` returns."""
    return {**options.keywords(), "frames": None}


def read_named(
    model: AnyModel,
    images: Iterable[tuple[str, RequestImage]],
    options: ReadingOptions,
    batch_size: int,
) -> Iterator[ReadingRow]:
    """Read named images as they come; an unreadable one gives a row with its error.

    Args:
        model: the model.
        images: pairs of a name and an image, taken one batch at a time.
        options: the reading options.
        batch_size: at most this many images go through the network at once.

    Raises:
        ConstraintError: the model can read no text that fits the options.
    """
    names: deque[str] = deque()

    def sources() -> Iterator[ImageSource | ImageError]:
        for name, image in images:
            names.append(name)
            yield decoded(image, options)

    for result in model.predict_stream(sources(), batch_size=batch_size, **model_keywords(options)):
        yield ReadingRow(names.popleft(), result)
