"""Worse copies of images: fixed kinds of damage in fixed strengths, for measuring confidences.

A network errs so rarely on clean images that its mistakes there are too few to count. On these
copies it errs often enough to see whether its confidence falls where its accuracy does.

The strengths were chosen by eye and by how many texts were still read right, before any confidence
was measured on the copies, and stay as they are. How an image is changed depends on the seed, the
image's name and the degradation alone, so a part of a set is changed as the whole is.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError

Pixels = npt.NDArray[np.uint8]

LEVELS = ("mild", "medium", "strong")

# Each kind's strengths, from mild to strong; `_CHANGES` says what they measure.
_STRENGTHS = {
    "blur": (0.02, 0.035, 0.05),
    "noise": (25.0, 50.0, 100.0),
    "jpeg": (10.0, 4.0, 1.0),
    "occlusion": (0.12, 0.2, 0.3),
    "rotation": (3.0, 6.0, 10.0),
}


@dataclass(frozen=True)
class Degradation:
    """One kind of damage in one strength.

    Attributes:
        kind: "blur", "noise", "jpeg", "occlusion" or "rotation".
        level: "mild", "medium" or "strong".
        strength: in the kind's own unit: the blur's standard deviation and the longest side of an
            occluding box as shares of the image's height, the noise's standard deviation in levels
            of 255, JPEG's quality from 1 to 95, or an angle in degrees.
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
"""Every kind in every strength, kind by kind and the mild one first."""


def degrade(images: LabelledImages, degradation: Degradation, seed: int = 0) -> LabelledImages:
    """Damage images; labels and names stay.

    Args:
        images: `uint8` pixels of shape (N, H, W, C), C being 1 (grey) or 3 (colour).
        degradation: one of `DEGRADATIONS`, or one of other strength.
        seed: any whole number.

    Returns:
        New images of the same shape.

    Raises:
        DataError: the kind is unknown.
    """
    change = _CHANGES.get(degradation.kind)
    if change is None:
        known = ", ".join(_CHANGES)
        raise DataError(f"A degradation is one of {known}. Received: {degradation.kind!r}")
    changed = np.empty_like(images.pixels)
    for row, pixels, name in zip(changed, images.pixels, images.names, strict=True):
        row[:] = change(pixels, degradation.strength, _random(seed, name, degradation))
    return LabelledImages(changed, images.labels, images.names)


def degraded_copies(
    images: LabelledImages, seed: int = 0
) -> Iterator[tuple[Degradation, LabelledImages]]:
    """Yield every one of `DEGRADATIONS` with all images so damaged, one after another.

    Args:
        images: see `degrade`.
        seed: any whole number.
    """
    for degradation in DEGRADATIONS:
        yield degradation, degrade(images, degradation, seed)


def _random(seed: int, name: str, degradation: Degradation) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}/{degradation.name}/{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def _blur(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:  # noqa: ARG001
    """Blur by a Gaussian whose standard deviation is a share of the height."""
    return _pixels(_image(pixels).filter(ImageFilter.GaussianBlur(strength * len(pixels))))


def _noise(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Add to every value a Gaussian of its own, with a standard deviation in levels of 255."""
    noisy = pixels + random.normal(0.0, strength, pixels.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _jpeg(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:  # noqa: ARG001
    """Write the image as a JPEG of a quality, and read it again."""
    file = io.BytesIO()
    _image(pixels).save(file, "JPEG", quality=round(strength))
    return _pixels(Image.open(file))


def _occlude(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Lay two boxes over the image, one of the background's colour and one of the ink's.

    The longer side of each is a share of the height, the other at least half of that.
    """
    height, width, channels = pixels.shape
    changed = pixels.copy()
    for colour in _paper_and_ink(pixels.reshape(-1, channels)):
        sides = np.array([1.0, random.uniform(0.5, 1.0)]) * strength * height
        rows, columns = np.maximum(1, np.rint(random.permutation(sides))).astype(int)
        # Where the text stands, as far as that can be said of any image: not at its very edges.
        top = round(random.uniform(0.15, 0.85) * height - rows / 2)
        left = round(random.uniform(0.15, 0.85) * width - columns / 2)
        changed[max(0, top) : top + rows, max(0, left) : left + columns] = colour
    return changed


def _paper_and_ink(colours: Pixels) -> tuple[Pixels, Pixels]:
    """Return the median of colours (n, C), and one that only few others are further from."""
    median = np.median(colours, axis=0)
    distances = np.abs(colours - median).sum(axis=1)
    return median.astype(np.uint8), colours[
        np.argsort(distances, kind="stable")[-len(colours) // 50]
    ]


def _rotate(pixels: Pixels, strength: float, random: np.random.Generator) -> Pixels:
    """Turn the image about its middle by an angle in degrees, to either side."""
    height, width, _ = pixels.shape
    # Edges are continued, because black corners would be a hint of their own.
    margin = int(np.ceil((height + width) * np.sin(np.radians(strength)) / 2)) + 1
    wide = _image(np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="edge"))
    turned = wide.rotate(strength * random.choice([-1, 1]), Image.Resampling.BILINEAR)
    return _pixels(turned.crop((margin, margin, margin + width, margin + height)))


def _image(pixels: Pixels) -> Image.Image:
    """Return pixels of shape (H, W, 1 or 3) as an image of mode L or RGB."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _pixels(image: Image.Image) -> Pixels:
    """Return an image of mode L or RGB as pixels of shape (H, W, 1 or 3)."""
    return np.asarray(image, np.uint8).reshape(image.height, image.width, -1)


_CHANGES: dict[str, Callable[[Pixels, float, np.random.Generator], Pixels]] = {
    "blur": _blur,
    "noise": _noise,
    "jpeg": _jpeg,
    "occlusion": _occlude,
    "rotation": _rotate,
}
