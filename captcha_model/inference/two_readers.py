"""Reading a stream of images with two models, each image with the one that suits it."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain
from operator import length_hint
from typing import Any, Generic, NamedTuple, TypeVar

from captcha_model.errors import ConstraintError, ImageError
from captcha_model.images.decode import ImageSource, decode_opaque
from captcha_model.images.preprocessing import PreparedImage, prepare
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.pipeline import PassedOn, PipelineSource, Result
from captcha_model.inference.reader import Reader
from captcha_model.inference.reading_methods import Decode

Item = TypeVar("Item")


class _Second(NamedTuple):
    """Who reads what is out of distribution for the first model."""

    reader: Reader
    decoder: Decoder


class TwoReaders:
    """Reads the images that are in distribution for one model, and has another one read the rest.

    An image is decoded once, and prepared at once for the model that reads it, so that only one
    image is held at its full size. The pipelines of the two models follow each other: the first one
    passes on what it does not read, and the second one what has been read. Each holds at most two
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
        routed = pipeline.read(_Counted(self._route(images), count), batch_size)
        return self._read_rest(routed, count, batch_size, decode)

    def _route(self, images: Iterable[ImageSource | ImageError]) -> Iterator[PipelineSource]:
        """Prepare each image for its model, and pass on those of the second one."""
        is_first = True
        for source in images:
            if isinstance(source, ImageError):
                yield source
                continue
            try:
                image = decode_opaque(source, self._decoder.frame)
                prepared = prepare(image, self._first.config)
                is_novel = self._decoder.is_novel(prepared.pixels[None])[0]
                if is_novel:
                    prepared = prepare(image, self._second.reader.config)
            except ImageError as error:
                yield error
                continue
            if is_novel:
                yield PassedOn(prepared)
                continue
            if is_first:
                # Not earlier: the second model may read them all, and lack other characters.
                self._decoder.warn()
                is_first = False
            yield prepared

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
