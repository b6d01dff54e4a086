"""Leakage between splits: evaluation images that are also in the training data.

Exact duplicates are an error. Near duplicates, such as a copy of a file in another format or size,
are found by correlating small thumbnails with their mean subtracted. Different captchas of
captcha_images_v2 correlate up to 0.85, plain prints that differ in one letter up to 0.989, and an
image and its copy as a JPEG of quality 30 from 0.998.
"""

import hashlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from captcha_model._utils.name_some import name_some
from captcha_model.data.samples import ImageSet, LabelledImages
from captcha_model.data.splits import Split
from captcha_model.errors import DataError
from captcha_model.images.by_width import choose, each_width

THUMBNAIL_ROWS, THUMBNAIL_COLUMNS = 16, 64
MIN_CORRELATION = 0.993
MAX_COMPARED = 1000  # Held-out images; more would not change the conclusion about the set.
_BLOCK = 4096  # Training images per matrix product, which bounds the memory.


def check_duplicates(
    training: ImageSet,
    held_out: ImageSet,
    split: Split = "validation",
    *,
    warn: Callable[[str], None],
) -> None:
    """Reject exact duplicates across two splits, and warn about near duplicates.

    Streamed sets are not checked, because that would read all of their images.

    Args:
        training: the training images.
        held_out: the images of another split.
        split: the name of that split, for the messages.
        warn: called with a warning if there are near duplicates.

    Raises:
        DataError: at least one image is in both splits.
    """
    if not (isinstance(training, LabelledImages) and isinstance(held_out, LabelledImages)):
        return
    check_leakage(training, held_out, split)
    if pairs := near_duplicates(training, held_out):
        named = name_some(f"{name} ~ {original}" for name, original in pairs)
        warn(
            f"warning: {len(pairs)} images of the {split} split look the same as training images, "
            f"so the metrics will be too optimistic: {named}"
        )


def check_leakage(
    training: LabelledImages, held_out: LabelledImages, split: Split = "validation"
) -> None:
    """Check that no image of another split is an exact duplicate of a training image.

    Args:
        training: the training images.
        held_out: the images of another split.
        split: the name of that split, for the message.

    Raises:
        DataError: at least one image is in both splits.
    """
    digests = {_digest(pixels): i for i, pixels in enumerate(training.pixels)}
    shared = [
        f"{name} = {training.names[digests[digest]]}"
        for name, digest in zip(held_out.names, map(_digest, held_out.pixels), strict=True)
        if digest in digests
    ]
    if shared:
        raise DataError(
            f"{len(shared)} images of the {split} split are also in the training split: "
            f"{name_some(shared)}. Remove the copies, or split by label hash, which keeps copies "
            "together.",
            code="SPLIT_LEAKAGE",
        )


def near_duplicates(training: LabelledImages, held_out: LabelledImages) -> list[tuple[str, str]]:
    """Return the images of another split that look the same as a training image.

    Args:
        training: the training images.
        held_out: the images of another split. If there are more than `MAX_COMPARED`, evenly spaced
            ones are compared.

    Returns:
        Pairs of file names: a held-out image and the training image that is most similar to it.
    """
    step = -(-len(held_out) // MAX_COMPARED) or 1
    chosen = np.arange(0, len(held_out), step)
    thumbnails = each_width(_thumbnails, choose(held_out.pixels, chosen))
    best, best_indices = np.full(len(chosen), -1.0), np.zeros(len(chosen), int)
    for start in range(0, len(training), _BLOCK):
        block = choose(training.pixels, range(start, min(start + _BLOCK, len(training))))
        correlations = thumbnails @ each_width(_thumbnails, block).T
        nearest = correlations.argmax(axis=1)
        values = correlations[np.arange(len(chosen)), nearest]
        better = values > best
        best[better], best_indices[better] = values[better], start + nearest[better]
    return [
        (held_out.names[chosen[i]], training.names[best_indices[i]])
        for i in np.flatnonzero(best >= MIN_CORRELATION)
    ]


def _digest(pixels: npt.NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(pixels.tobytes()).digest()


def _thumbnails(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return thumbnails of images (N, H, W, C) as rows (N, pixels) of mean 0 and length 1."""
    grey = pixels.mean(axis=3, dtype=np.float32)
    count, *sides = grey.shape
    rows, columns = (
        np.linspace(0, side, min(side, cells), endpoint=False).astype(int)
        for side, cells in zip(sides, (THUMBNAIL_ROWS, THUMBNAIL_COLUMNS), strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=1), columns, axis=2)
    areas = np.diff(rows, append=sides[0])[:, None] * np.diff(columns, append=sides[1])
    flat = (sums / areas).reshape(count, areas.size)
    flat -= flat.mean(axis=1, keepdims=True)
    # The minimum length makes an image of a single colour similar to no other image.
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return (flat / np.maximum(length, 1e-3)).astype(np.float32)
