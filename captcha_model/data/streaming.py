"""Images that are decoded on demand, for data sets that do not fit into memory."""

import copy
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import Self, overload

import numpy as np
import numpy.typing as npt

from captcha_model._utils.name_some import name_some
from captcha_model.config import CaptchaConfig
from captcha_model.data.blank_images import BlankImages
from captcha_model.data.samples import (
    Indices,
    LabelledImages,
    Sample,
    Unreadable,
    shortest_and_longest,
)
from captcha_model.errors import DataError, ImageError
from captcha_model.images.by_width import stack
from captcha_model.images.preprocessing import PreparedImage, prepare

MAX_UNREADABLE_RUN = 100  # A longer run of unreadable images points to a broken data set.


class StreamedImages:
    """An `ImageSet` that reads its files again each time and keeps no pixels.

    An unreadable image is replaced by the next readable one of the set, so that batches stay full
    and every run sees the same images. Identical images with different labels are not detected,
    because the images are never in memory together.

    Args:
        samples: the files; may be a lazy sequence.
        config: gives the size, the channels and how images are resized.
        workers: the number of decoding threads, at least 1.
        strict: raise an error for the first unreadable image.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        config: CaptchaConfig,
        *,
        workers: int,
        strict: bool = False,
    ) -> None:
        self._samples = samples
        self._config = config
        self._strict = strict
        self._indices = np.arange(len(samples), dtype=np.intp)
        self._pool = ThreadPoolExecutor(workers, "decoding")
        self._unreadable: dict[int, Unreadable] = {}
        self._lock = threading.Lock()
        self._blank = BlankImages(config)
        self._convert: Callable[[str], str] = str

    def __len__(self) -> int:
        return len(self._indices)

    @property
    def labels(self) -> Sequence[str]:
        """The texts, in the order of the set; each is created on access."""
        return _Column(self._samples, self._indices, lambda sample: self._convert(sample.label))

    @property
    def names(self) -> Sequence[str]:
        """The file names, in the order of the set; each is created on access."""
        return _Column(self._samples, self._indices, attrgetter("name"))

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label."""
        return shortest_and_longest(self.labels)

    @property
    def skipped(self) -> list[Unreadable]:
        """The files that could not be read so far, each once, in the order of the samples.

        A set and its subsets share this list.
        """
        with self._lock:
            return [self._unreadable[index] for index in sorted(self._unreadable)]

    def warn_of_blank(self) -> None:
        """Issue a `DataWarning` about the images read so far on which nothing is to be seen."""
        self._blank.warn()

    def select(self, indices: Indices) -> LabelledImages:
        """Decode the images at some indices, in the given order.

        Raises:
            DataError: 100 consecutive images are unreadable, or with `strict` a single one.
        """
        chosen = [range(len(self))[i] for i in indices]
        found = list(self._pool.map(self._find, chosen))
        return LabelledImages(
            stack([image.pixels for image, _ in found], self._config.input_shape),
            tuple(self._convert(sample.label) for _, sample in found),
            tuple(sample.name for _, sample in found),
            closer={n: each.closer for n, (each, _) in enumerate(found) if each.closer is not None},
        )

    def subset(self, indices: Indices) -> "StreamedImages":
        """Return the set of the images at some indices, in the given order; nothing is read."""
        # A shallow copy shares the threads and the record of unreadable files.
        chosen = copy.copy(self)
        chosen._indices = self._indices[np.asarray(indices, np.intp)]
        return chosen

    def with_labels(self, convert: Callable[[str], str]) -> Self:
        """Return the set with converted labels, each converted on access; nothing is read."""
        converted = copy.copy(self)
        converted._convert = lambda label: convert(self._convert(label))
        return converted

    def _find(self, index: int) -> tuple[PreparedImage, Sample]:
        """Decode the first readable image from an index on; after the last index comes 0."""
        limit = 1 if self._strict else min(MAX_UNREADABLE_RUN, len(self))
        tried = self._indices[np.arange(index, index + limit) % len(self)].tolist()
        for sample_index in tried:
            sample = self._samples[sample_index]
            image = self._decode(sample_index, sample)
            if image is not None:
                return image, sample
        bad = [self._unreadable[sample_index] for sample_index in tried]
        reasons = name_some([f"{u.name} ({u.reason})" for u in bad])
        raise DataError(
            f"In strict mode every image must be readable: {reasons}"
            if self._strict
            else f"{len(bad)} images in a row are unreadable: {reasons}",
            code="IMAGES_UNREADABLE",
        )

    def _decode(self, index: int, sample: Sample) -> PreparedImage | None:
        if index in self._unreadable:
            return None
        try:
            data = sample.read()
            image = prepare(data, self._config)
            self._blank.note(sample.name, data, image.pixels)
            return image
        except (ImageError, OSError) as error:
            with self._lock:
                self._unreadable.setdefault(index, Unreadable(sample.name, str(error)))
            return None


class _Column(Sequence[str]):
    """The labels or the names of some samples; each is created on access."""

    def __init__(
        self,
        samples: Sequence[Sample],
        indices: npt.NDArray[np.intp],
        field: Callable[[Sample], str],
    ) -> None:
        self._samples = samples
        self._indices = indices
        self._field = field

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._text(i) for i in self._indices[index].tolist()]
        return self._text(int(self._indices[index]))

    def _text(self, index: int) -> str:
        return self._field(self._samples[index])
