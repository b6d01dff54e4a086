"""Degraded copies of images, in fixed kinds and strengths, for measuring confidences.

On clean images a network makes too few mistakes to count. On degraded copies it makes enough to see
whether its confidence falls with its accuracy.

The strengths were chosen by eye and by the number of texts that were still read correctly, before
any confidence was measured on the copies, and they are fixed. A copy depends only on the image, its
name, the degradation and the seed, so a subset is degraded like the whole set.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from captcha_model._utils.utf8 import utf8
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError
from captcha_model.images.arrays import to_image, to_pixels
from captcha_model.images.by_width import first_shape, stack

Pixels = npt.NDArray[np.uint8]

LEVELS = ("mild", "medium", "strong")

# The strengths of each kind, from mild to strong; `Degradation` has their units.
_STRENGTHS = {
    "blur": (0.02, 0.035, 0.05),
    "noise": (25.0, 50.0, 100.0),
    "jpeg": (10.0, 4.0, 1.0),
    "occlusion": (0.12, 0.2, 0.3),
    "rotation": (3.0, 6.0, 10.0),
}


@dataclass(frozen=True)
class Degradation:
    """One kind of degradation in one strength.

    Attributes:
        kind: "blur", "noise", "jpeg", "occlusion" or "rotation".
        level: "mild", "medium" or "strong".
        strength: in the unit of the kind. Blur: the standard deviation as a fraction of the
            height. Noise: the standard deviation, with 255 as white. JPEG: the quality from 1 to
            95. Occlusion: the longest side of a box as a fraction of the height. Rotation: the
            angle in degrees.
    """

    kind: str
    level: str
    strength: float

    @property
    def name(self) -> str:
        """The kind and the level, such as "blur-mild"."""
        return f"{self.kind}-{self.level}"


DEGRADATIONS = tuple(
    Degradation(kind, level, strength)
    for kind, strengths in _STRENGTHS.items()
    for level, strength in zip(LEVELS, strengths, strict=True)
)
"""All kinds and strengths, ordered by kind and then from mild to strong."""


def degrade(images: LabelledImages, degradation: Degradation, seed: int = 0) -> LabelledImages:
    """Degrade images; labels and names are kept.

    Args:
        images: N images with 1 (grey) or 3 (colour) channels.
        degradation: one of `DEGRADATIONS`, or one of another strength.
        seed: any integer.

    Returns:
        New images of the same shapes.

    Raises:
        DataError: the kind is unknown.
    """
    transform = _TRANSFORMS.get(degradation.kind)
    if transform is None:
        known = ", ".join(_TRANSFORMS)
        raise DataError(f"A degradation must be one of {known}. Received: {degradation.kind!r}")
    degraded = [
        transform(pixels, degradation.strength, _random(seed, name, degradation))
        for pixels, name in zip(images.pixels, images.names, strict=True)
    ]
    pixels = stack(degraded, first_shape(images.pixels))
    return LabelledImages(pixels, images.labels, images.names)


def degraded_copies(
    images: LabelledImages, seed: int = 0
) -> Iterator[tuple[Degradation, LabelledImages]]:
    """Yield each of `DEGRADATIONS` with the degraded copies of all images.

    Args:
        images: see `degrade`.
        seed: any integer.
    """
    for degradation in DEGRADATIONS:
        yield degradation, degrade(images, degradation, seed)


def _random(seed: int, name: str, degradation: Degradation) -> np.random.Generator:
    digest = hashlib.sha256(utf8(f"{seed}/{degradation.name}/{name}")).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _blur(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:  # noqa: ARG001
    """Blur with a Gaussian; `strength` is its standard deviation as a fraction of the height."""
    return to_pixels(to_image(pixels).filter(ImageFilter.GaussianBlur(strength * len(pixels))))


def _noise(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Add Gaussian noise with the standard deviation `strength` to every value."""
    noisy = pixels + random.normal(0.0, strength, pixels.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _jpeg(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:  # noqa: ARG001
    """Compress the image as a JPEG of the quality `strength`."""
    file = io.BytesIO()
    to_image(pixels).save(file, "JPEG", quality=round(strength))
    return to_pixels(Image.open(file))


def _occlude(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Draw two boxes over the image, one in the background colour and one in the text colour.

    The longer side of each is `strength` as a fraction of the height, the other at least half.
    """
    height, width, channels = pixels.shape
    changed = pixels.copy()
    for colour in _background_and_text(pixels.reshape(-1, channels)):
        sides = np.array([1.0, random.uniform(0.5, 1.0)]) * strength * height
        rows, columns = np.maximum(1, np.rint(random.permutation(sides))).astype(int)
        # Texts are usually not at the very edges of an image.
        top = round(random.uniform(0.15, 0.85) * height - rows / 2)
        left = round(random.uniform(0.15, 0.85) * width - columns / 2)
        changed[max(0, top) : top + rows, max(0, left) : left + columns] = colour
    return changed


def _background_and_text(colours: Pixels) -> tuple[Pixels, Pixels]:
    """Return the median of colours (n, C), and one among the 2 % that differ most from it."""
    median = np.median(colours, axis=0)
    distances = np.abs(colours - median).sum(axis=1)
    # The last but 2 % in a stable order, without sorting all of them.
    rank = len(colours) + -len(colours) // 50
    chosen = np.partition(distances, rank)[rank]
    among_equals = rank - np.count_nonzero(distances < chosen)
    text = colours[np.flatnonzero(distances == chosen)[among_equals]]
    return median.astype(np.uint8), text


def _rotate(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Rotate the image about its centre by `strength` degrees, in a random direction."""
    height, width, _ = pixels.shape
    # Extended edges, because black corners would be a hint for the network.
    margin = int(np.ceil((height + width) * np.sin(np.radians(strength)) / 2)) + 1
    wide = to_image(np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="edge"))
    turned = wide.rotate(strength * random.choice([-1, 1]), Image.Resampling.BILINEAR)
    return to_pixels(turned.crop((margin, margin, margin + width, margin + height)))


_TRANSFORMS: dict[str, Callable[[Pixels, float, np.random.Generator], Pixels]] = {
    "blur": _blur,
    "noise": _noise,
    "jpeg": _jpeg,
    "occlusion": _occlude,
    "rotation": _rotate,
}
