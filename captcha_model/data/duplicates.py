"""Images that stand in two parts of a set: what is learned by heart there is not read.

Identical ones are an error. Nearly identical ones, as a file has that was saved anew in another
format or size, are found by their thumbnails: two are alike if their pixels, less their mean,
correlate. Different captchas of captcha_images_v2 correlate up to 0.85, plain prints that differ in
one letter up to 0.989, and an image and its copy as JPEG of quality 30 from 0.998 on.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import LabelledImages
from captcha_model.data.splits import Part
from captcha_model.errors import DataError, name_some

ROWS, COLUMNS = 16, 64  # Of a thumbnail.
ALIKE = 0.993
MAX_COMPARED = 1000  # Images of the other part; more say no more about the whole set.
_BLOCK = 4096


def check_leaks(
    training: LabelledImages, judged: LabelledImages, part: Part = "validation"
) -> None:
    """Check that no image stands in both parts.

    Args:
        training: the images to learn from.
        judged: those of another part.
        part: its name.

    Raises:
        DataError: some do.
    """
    digests = {_digest(pixels): i for i, pixels in enumerate(training.pixels)}
    shared = [
        f"{name} = {training.names[digests[digest]]}"
        for name, digest in zip(judged.names, map(_digest, judged.pixels), strict=True)
        if digest in digests
    ]
    if shared:
        raise DataError(
            f"{len(shared)} images of the {part} part are in the training part too: "
            f"{name_some(shared)}. Remove the copies, or leave the split to the labels, which "
            "keeps copies together.",
            code="SPLIT_LEAKAGE",
        )


def near_duplicates(training: LabelledImages, judged: LabelledImages) -> list[tuple[str, str]]:
    """Return images of another part that look the same as one of the training part.

    Args:
        training: the images to learn from.
        judged: those of another part; of a large one some are compared, evenly chosen.

    Returns:
        Pairs of names: of that part and the most alike of the training part.
    """
    step = -(-len(judged) // MAX_COMPARED) or 1
    chosen = np.arange(0, len(judged), step)
    thumbnails = _thumbnails(judged.pixels[chosen])
    best, places = np.full(len(chosen), -1.0), np.zeros(len(chosen), int)
    for start in range(0, len(training), _BLOCK):
        likeness = thumbnails @ _thumbnails(training.pixels[start : start + _BLOCK]).T
        most = likeness.argmax(axis=1)
        values = likeness[np.arange(len(chosen)), most]
        better = values > best
        best[better], places[better] = values[better], start + most[better]
    return [
        (judged.names[chosen[i]], training.names[places[i]]) for i in np.flatnonzero(best >= ALIKE)
    ]


def _digest(pixels: npt.NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(pixels.tobytes()).digest()


def _thumbnails(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return small copies of images (N, H, W, C) as rows of mean 0 and length 1."""
    grey = pixels.mean(axis=3, dtype=np.float32)
    count, *sides = grey.shape
    rows, columns = (
        np.linspace(0, side, min(side, parts), endpoint=False).astype(int)
        for side, parts in zip(sides, (ROWS, COLUMNS), strict=True)
    )
    sums = np.add.reduceat(np.add.reduceat(grey, rows, axis=1), columns, axis=2)
    areas = np.diff(rows, append=sides[0])[:, None] * np.diff(columns, append=sides[1])
    flat = (sums / areas).reshape(count, areas.size)
    flat -= flat.mean(axis=1, keepdims=True)
    # An image of one shade is like no other: there is nothing to tell it by.
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return (flat / np.maximum(length, 1e-3)).astype(np.float32)
