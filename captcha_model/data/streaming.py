"""Images that are decoded when they are asked for: for sets that are too large for the memory."""

import copy
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import overload

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import Indices, LabelledImages, Sample, Unreadable
from captcha_model.errors import DataError, ImageError, name_some
from captcha_model.images.preprocessing import prepare

MAX_RUN = 100  # So many unreadable images in a row are no accident any more.


class StreamedImages:
    """An `ImageSet` that reads its files anew each time, and keeps no pixels.

    In the place of an image that cannot be read stands the next one of the set that can, so that
    batches stay full, and every run sees the same ones. As images are never seen all together,
    identical ones under different labels are not found.

    Args:
        samples: what to read; may itself be lazy.
        config: gives the size.
        workers: how many threads decode, from 1.
        strict: make the first unreadable image an error.
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
        self._places = np.arange(len(samples), dtype=np.intp)
        self._pool = ThreadPoolExecutor(workers, "decoding")
        self._unreadable: dict[int, Unreadable] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def labels(self) -> Sequence[str]:
        """The texts, by place; they are made when they are asked for."""
        return _Column(self._samples, self._places, attrgetter("label"))

    @property
    def names(self) -> Sequence[str]:
        """The file names, by place; they are made when they are asked for."""
        return _Column(self._samples, self._places, attrgetter("name"))

    @property
    def skipped(self) -> list[Unreadable]:
        """The files that could not be read so far, each once, in the samples' order.

        A set and its subsets share them.
        """
        with self._lock:
            return [self._unreadable[place] for place in sorted(self._unreadable)]

    def select(self, indices: Indices) -> LabelledImages:
        """Decode some of the images, in the given order.

        Raises:
            DataError: 100 images in a row cannot be read, or with `strict` a single one.
        """
        chosen = [range(len(self))[i] for i in indices]
        pixels = np.empty((len(chosen), *self._config.input_shape), np.uint8)
        samples = []
        for row, (image, sample) in zip(pixels, self._pool.map(self._find, chosen), strict=True):
            row[...] = image
            samples.append(sample)
        return LabelledImages(
            pixels, tuple(s.label for s in samples), tuple(s.name for s in samples)
        )

    def subset(self, indices: Indices) -> "StreamedImages":
        """Return the set of some of the images, in the given order; nothing is read."""
        # A shallow copy: threads and notes of what is unreadable are those of the whole set.
        part = copy.copy(self)
        part._places = self._places[np.asarray(indices, np.intp)]
        return part

    def _find(self, index: int) -> tuple[npt.NDArray[np.uint8], Sample]:
        """Decode the image at an index, or the next that can be; after the last comes the first."""
        limit = 1 if self._strict else min(MAX_RUN, len(self))
        tried = self._places[np.arange(index, index + limit) % len(self)].tolist()
        for place in tried:
            sample = self._samples[place]
            pixels = self._decode(place, sample)
            if pixels is not None:
                return pixels, sample
        bad = [self._unreadable[place] for place in tried]
        reasons = name_some([f"{u.name} ({u.reason})" for u in bad])
        raise DataError(
            f"An image cannot be read, and with --strict all must be: {reasons}"
            if self._strict
            else f"{len(bad)} images in a row cannot be read: {reasons}",
            code="IMAGES_UNREADABLE",
        )

    def _decode(self, place: int, sample: Sample) -> npt.NDArray[np.uint8] | None:
        if place in self._unreadable:
            return None
        try:
            return prepare(sample.read(), self._config).pixels
        except (ImageError, OSError) as error:
            with self._lock:
                self._unreadable.setdefault(place, Unreadable(sample.name, str(error)))
            return None


class _Column(Sequence[str]):
    """The labels or the names of some samples, each taken when it is asked for."""

    def __init__(
        self,
        samples: Sequence[Sample],
        places: npt.NDArray[np.intp],
        field: Callable[[Sample], str],
    ) -> None:
        self._samples = samples
        self._places = places
        self._field = field

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self._text(place) for place in self._places[index].tolist()]
        return self._text(int(self._places[index]))

    def _text(self, place: int) -> str:
        return self._field(self._samples[place])
