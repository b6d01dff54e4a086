"""Images of several widths: kept as they are, and put together where their widths are equal.

A network takes a batch of images of one width. Padding them to the widest would change what the
network reads, because convolutions and recurrent layers see the padding.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

Rows = TypeVar("Rows", bound=npt.NDArray[Any])
Pixels: TypeAlias = npt.NDArray[np.uint8] | tuple[npt.NDArray[np.uint8], ...]
"""N images: an array (N, H, W, C) if their widths are equal, else a tuple of arrays (H, W, C)."""

Closer: TypeAlias = Mapping[int, npt.NDArray[np.uint8]]
"""Closer looks (H, W, C) at those of N images that have one, by their indices; see
`captcha_model.images.text_rows`."""

NO_CLOSER: Closer = MappingProxyType({})


def stack(images: Sequence[npt.NDArray[np.uint8]], empty: tuple[int, ...] = (0, 0, 1)) -> Pixels:
    """Put images of shape (H, W, C) together.

    Args:
        images: of any number and widths.
        empty: the shape that an image would have, if there is none.
    """
    if len(images) == 1:  # Which is frequent, and takes a tenth of the time so.
        return images[0][None]
    if len({image.shape for image in images}) > 1:
        return tuple(images)
    return np.stack(images) if len(images) else np.empty((0, *empty), np.uint8)


def first_shape(pixels: Pixels) -> tuple[int, int, int]:
    """Return the shape (H, W, C) of the first image, or that which an image would have."""
    height, width, channels = (
        pixels.shape[1:] if isinstance(pixels, np.ndarray) else pixels[0].shape
    )
    return height, width, channels


def choose(pixels: Pixels, indices: Sequence[int] | npt.NDArray[np.integer]) -> Pixels:
    """Return the images at some indices, in the given order."""
    if isinstance(pixels, np.ndarray):
        return pixels[np.asarray(indices, np.intp)]
    return stack([pixels[i] for i in indices], first_shape(pixels))


def join(*parts: Pixels) -> Pixels:
    """Return the images of several sets one after another."""
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts) and len({part.shape[1:] for part in arrays}) == 1:
        return np.concatenate(arrays)
    return stack([image for part in parts for image in part], first_shape(parts[0]))


def widths(pixels: Pixels) -> npt.NDArray[np.intp]:
    """Return the widths of N images: shape (N,)."""
    if isinstance(pixels, np.ndarray):
        return np.full(len(pixels), pixels.shape[2], np.intp)
    return np.array([image.shape[1] for image in pixels], np.intp)


def groups(pixels: Pixels) -> Iterator[tuple[list[int], npt.NDArray[np.uint8]]]:
    """Yield the indices and the images (n, H, W, C) of every width."""
    if isinstance(pixels, np.ndarray):
        yield list(range(len(pixels))), pixels
        return
    found: dict[int, list[int]] = defaultdict(list)
    for index, image in enumerate(pixels):
        found[image.shape[1]].append(index)
    for indices in found.values():
        yield indices, np.stack([pixels[i] for i in indices])


def each_width(function: Callable[[npt.NDArray[np.uint8]], Rows], pixels: Pixels) -> Rows:
    """Apply a function to the images of every width, and return its rows in the images' order.

    Args:
        function: takes (n, H, W, C) and returns n rows, which have one shape for all widths.
        pixels: N images.

    Returns:
        N rows.
    """
    if isinstance(pixels, np.ndarray):
        return function(pixels)
    found: Rows | None = None
    for indices, images in groups(pixels):
        rows = function(images)
        if found is None:
            found = np.empty_like(rows, shape=(len(pixels), *rows.shape[1:]))
        found[indices] = rows
    assert found is not None, "a tuple of images is never empty"
    return found
