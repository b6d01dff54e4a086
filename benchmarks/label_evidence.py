"""Which first letters are labelled c and are an e, or the reverse? The ink decides, not a network.

A strike line only adds ink, so an image that shows a letter holds all the ink of that letter. The
ink that every first `c` of the data set has is one template, that of every first `e` another. For
an image and a template this prints how much of the template's ink is missing at the best place.
The first letter is used because the dither never reaches it.

    python benchmarks/label_evidence.py
"""

import argparse
from itertools import product

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.data.loading import find_vocabulary, load_images
from captcha_model.data.sources import find_samples

Ink = npt.NDArray[np.float64]

WINDOW = (slice(10, 48), slice(24, 54))  # Where the first letter stands, in pixels.
SHIFTS = list(product(range(-8, 9), range(-6, 7)))
ROUNDS = 3


def window(ink: Ink, shift: tuple[int, int] = (0, 0)) -> Ink:
    """Cut the first letter out of an image that is shifted by whole pixels."""
    return np.roll(ink, shift, (0, 1))[WINDOW]


def missing(template: Ink, ink: Ink) -> float:
    """Return how much of a template's ink an image lacks, in pixels, at the best shift."""
    return float(min(np.clip(template - window(ink, s), 0, 1).sum() for s in SHIFTS))


def template_of(inks: list[Ink]) -> Ink:
    """Return the ink that the images of one letter share, after moving them onto each other."""
    template = window(inks[0])
    for _ in range(ROUNDS):
        moved = [
            min((window(ink, s) for s in SHIFTS), key=lambda w: float(np.abs(w - template).sum()))
            for ink in inks
        ]
        # Lines cross each letter in a minority of places: the lower quartile leaves them out.
        template = np.percentile(moved, 25, axis=0)
    return template


def main() -> None:
    """Print the missing ink of the first c and e of the data set, and the labels it contradicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=NAME)
    samples = find_samples(parser.parse_args().data)
    images, _ = load_images(samples, CaptchaConfig(find_vocabulary(samples).characters))
    rows, columns = np.mgrid[:50, :200]
    paper = 192 + 0.3 * columns + 0.06 * rows
    inks = {
        label: np.clip(1 - pixels[..., 0] / paper, 0, 1)
        for label, pixels in zip(images.labels, images.pixels, strict=True)
    }
    groups = {c: [k for k in inks if k[0] == c] for c in "ce"}
    templates = {c: template_of([inks[k] for k in labels]) for c, labels in groups.items()}
    lacks = {
        label: {letter: missing(template, inks[label]) for letter, template in templates.items()}
        for labels in groups.values()
        for label in labels
    }
    print("missing ink in pixels, median              of a c    of an e")
    for letter, labels in groups.items():
        medians = [np.median([lacks[label][c] for label in labels]) for c in templates]
        name = f"{len(labels)} images whose label begins with {letter}"
        print(f"{name}  {medians[0]:9.1f}  {medians[1]:9.1f}")
    print("\nimages whose first letter lacks less ink of the other letter than of its label's")
    for label, lack in lacks.items():
        if min(lack, key=lack.__getitem__) != label[0]:
            print(f"{label}                               {lack['c']:9.1f}  {lack['e']:9.1f}")


if __name__ == "__main__":
    main()
