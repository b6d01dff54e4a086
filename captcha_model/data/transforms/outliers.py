"""Outliers made of training images: turned, mirrored, flipped or stacked ones, which show no text.

A network that has only seen upright captchas may be confident on an upside-down one. In training
it is shown such images with an empty text, so that it learns to read nothing there: outlier
exposure (D. Hendrycks et al., "Deep anomaly detection with outlier exposure", 2019).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

AMBIGUOUS = frozenset("0123568BCDEHIJKLMNOSTUVWXYZAbcdilmnopqsuvwxz+-=*/|.: ")
"""Characters that may show a character, the same or another one, when turned, mirrored or flipped.

Among them are those of seven-segment displays. An image that shows nothing else is no outlier.
"""


def turned(image: Pixels) -> Pixels:
    """Return an image (H, W, C) turned by 180 degrees; padding stays at the right."""
    return flipped(mirrored(image))


def mirrored(image: Pixels) -> Pixels:
    """Return an image (H, W, C) with left and right exchanged; padding stays at the right."""
    # Padding has one colour. At the left it would tell outliers from other images.
    is_content = (image != image[-1, -1]).any(axis=(0, 2))
    width = int(np.flatnonzero(is_content)[-1]) + 1 if is_content.any() else len(is_content)
    return np.concatenate([image[:, :width][:, ::-1], image[:, width:]], axis=1)


def flipped(image: Pixels) -> Pixels:
    """Return an image (H, W, C) with top and bottom exchanged."""
    return image[::-1]


def stacked(image: Pixels, other: Pixels) -> Pixels:
    """Return two images (H, W, C) at half their height, one above the other."""
    return np.concatenate([_halved(image), _halved(other)])[: len(image)]


def _halved(image: Pixels) -> Pixels:
    """Return the means of pairs of rows; the last row of an odd number is paired with itself."""
    rows = np.pad(image, ((0, len(image) % 2), (0, 0), (0, 0)), "edge").astype(np.uint16)
    return ((rows[::2] + rows[1::2] + 1) // 2).astype(np.uint8)


KINDS: Mapping[str, Callable[[Pixels, Pixels], Pixels]] = {
    "turned": lambda image, _: turned(image),
    "mirrored": lambda image, _: mirrored(image),
    "flipped": lambda image, _: flipped(image),
    "stacked": stacked,
}
"""Makes an outlier of two images, most of them of the first one."""


def shows_no_text(label: str) -> bool:
    """Return whether an image with this text shows none when it is turned, mirrored or flipped."""
    return not AMBIGUOUS.issuperset(label)


def random_outliers(
    images: Pixels, labels: Sequence[str], count: int, random: np.random.Generator
) -> Pixels:
    """Make outliers of some of the images.

    Args:
        images: shape (N, H, W, C).
        labels: their N texts.
        count: how many outliers to make.
        random: chooses the images and the kinds.

    Returns:
        Shape (count, H, W, C), or (0, H, W, C) if every label is ambiguous (see `AMBIGUOUS`).
    """
    usable = [n for n, label in enumerate(labels) if shows_no_text(label)]
    if not usable:
        return images[:0]
    kinds = list(KINDS.values())
    pairs = random.choice(usable, (count, 2))
    chosen = random.integers(len(kinds), size=count)
    return np.stack([kinds[kind](*images[pair]) for kind, pair in zip(chosen, pairs, strict=True)])
