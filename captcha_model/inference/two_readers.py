"""Reading a stream of images with two models, each image with the one that suits it."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain, islice
from operator import length_hint
from typing import Any, Generic, NamedTuple, TypeVar

from PIL import Image

from captcha_model.errors import ConstraintError, ImageError
from captcha_model.images.by_width import stack
from captcha_model.images.decode import ImageSource, decode_opaque
from captcha_model.images.preprocessing import PreparedImage, prepare
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.pipeline import PassedOn, PipelineSource, Result
from captcha_model.inference.reader import Reader
from captcha_model.inference.reading_methods import Decode

Item = TypeVar("Item")

_GROUP = 16  # Measuring the novelty of single images takes 1.4 times as long.
_MAX_HELD_PIXELS = 2**22  # A group with more decoded pixels ends early.


class _Decoded(NamedTuple):
    """An image at its full size, and at the size of the first model."""

    image: Image.Image
    prepared: PreparedImage


class _Second(NamedTuple):
    """Who reads what is out of distribution for the first model."""

    reader: Reader
    decoder: Decoder


class TwoReaders:
    """Reads the images that are in distribution for one model, and has another one read the rest.

    An image is decoded once, and soon prepared for the model that reads it, so that few images are
    held at their full size. The pipelines of the two models follow each other: the first one passes
    on what it does not read, and the second one what has been read. Each holds at most three
    batches, and the order stays.

    Args:
        first: the first model.
        open_second: opens the second one; called at the first image that needs it.
        options: the reading options.

    Raises:
        ConstraintError: the first model can read no text that fits the options.
    """

    def __init__(
        self, first: Reader, open_second: Callable[[], Reader], options: ReadingOptions
    ) -> None:
        self._first = first
        self._open_second = open_second
        self._options = options
        # The novelty is measured before, to choose the model.
        self._decoder = first.decoder(options, in_distribution=True)

    @cached_property
    def _second(self) -> _Second:
        reader = self._open_second()
        try:
            decoder = reader.decoder(self._options, advise=False)
        except ConstraintError:
            # Only the first model can read such texts.
            reader, decoder = self._first, self._first.decoder(self._options, advise=False)
        decoder.warn()
        return _Second(reader, decoder)

    def read(
        self,
        images: Iterable[ImageSource | ImageError],
        batch_size: int,
        decode: Decode[Result],
    ) -> Iterator[Result | ImageError]:
        """Yield the result of `decode`, or the error, for every image, in order.

        Raises:
            ValueError: the batch size is below 1.
        """
        count = length_hint(images, -1)
        pipeline = self._first.pipeline(self._decoder, decode)
        route = self._route(images, min(batch_size, _GROUP))
        routed = pipeline.read(_Counted(route, count), batch_size)
        return self._read_rest(routed, count, batch_size, decode)

    def _route(
        self, images: Iterable[ImageSource | ImageError], size: int
    ) -> Iterator[PipelineSource]:
        """Prepare each image for its model, and pass on those of the second one."""
        sources = iter(images)
        warned = False
        while group := self._take(sources, size):
            decoded = [item.prepared.pixels for item in group if isinstance(item, _Decoded)]
            is_novel = iter(self._decoder.is_novel(stack(decoded)))
            for item in group:
                if isinstance(item, ImageError):
                    yield item
                elif next(is_novel):
                    yield self._for_second(item.image)
                else:
                    if not warned:
                        # Not earlier: the second model may read all, and lack other characters.
                        self._decoder.warn()
                        warned = True
                    yield item.prepared

    def _take(
        self, sources: Iterator[ImageSource | ImageError], size: int
    ) -> "list[_Decoded | ImageError]":
        """Decode the next images, at most `size`, and less if they are large."""
        group: list[_Decoded | ImageError] = []
        pixels = 0
        for source in islice(sources, size):
            if isinstance(source, ImageError):
                group.append(source)
                continue
            try:
                image = decode_opaque(source, self._decoder.frame_choice)
                group.append(_Decoded(image, prepare(image, self._first.config)))
            except ImageError as error:
                group.append(error)
                continue
            pixels += image.width * image.height
            if pixels > _MAX_HELD_PIXELS:
                break
        return group

    def _for_second(self, image: Image.Image) -> PassedOn | ImageError:
        try:
            return PassedOn(prepare(image, self._second.reader.config))
        except ImageError as error:
            return error

    def _read_rest(
        self, routed: Iterator[Any], count: int, batch_size: int, decode: Decode[Result]
    ) -> Iterator[Any]:
        """Read what the first pipeline has passed on, and pass on what it has read."""
        done = 0
        for item in routed:
            if isinstance(item, PreparedImage):
                break
            yield item
            done += 1
        else:
            return
        rest = (
            each if isinstance(each, PreparedImage) else PassedOn(each)
            for each in chain([item], routed)
        )
        pipeline = self._second.reader.pipeline(self._second.decoder, decode)
        yield from pipeline.read(_Counted(rest, count - done), batch_size)


class _Counted(Iterator[Item], Generic[Item]):
    """Iterates, and knows how many items are left, so that a pipeline knows its last batch.

    Args:
        items: the items.
        count: their number; below 0 if it is not known.
    """

    def __init__(self, items: Iterable[Item], count: int) -> None:
        self._items = iter(items)
        self._is_known = count >= 0
        self._left = count

    def __next__(self) -> Item:
        item = next(self._items)
        self._left -= 1
        return item

    def __length_hint__(self) -> Any:
        return max(0, self._left) if self._is_known else NotImplemented
