"""Images that benchmarks read: files of captcha_images_v2, and synthetic captchas."""

from itertools import islice
from pathlib import Path

from PIL import Image

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS, NAME
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import split_of
from captcha_model.data.synthetic.synthesis import Synthesizer


def unpack(folder: Path, count: int | None = None) -> list[Path]:
    """Write images of captcha_images_v2 outside the test split into a folder, as `LABEL.png`.

    Args:
        folder: an existing folder; files that it already has are kept.
        count: how many; None is all.

    Returns:
        Their paths, sorted.
    """
    samples = (sample for sample in find_samples(NAME) if split_of(sample.label) != "test")
    paths = []
    for sample in islice(samples, count):
        path = folder / f"{sample.label}.png"
        if not path.exists():
            path.write_bytes(sample.read())
        paths.append(path)
    return sorted(paths)


def synthetic_captchas(count: int) -> list[Image.Image]:
    """Return synthetic captchas of 200 x 50 pixels, the same ones on every call."""
    return synthetic_texts(count)[0]


def synthetic_texts(count: int) -> tuple[list[Image.Image], list[str]]:
    """Return the same captchas, and their texts."""
    synthesizer = Synthesizer(CHARACTERS)
    captchas = [synthesizer.draw(i) for i in range(count)]
    return [captcha.image for captcha in captchas], [captcha.text for captcha in captchas]
