"""Images of captcha_images_v2 as files, for what is measured from the disk."""

from itertools import islice
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import NAME
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import split_of


def unpack(folder: Path, count: int) -> list[Path]:
    """Write the first images that are not of the test part into a folder; return their paths."""
    samples = (sample for sample in find_samples(NAME) if split_of(sample.label) != "test")
    paths = []
    for i, sample in enumerate(islice(samples, count)):
        paths.append(folder / f"{i}.png")
        paths[-1].write_bytes(sample.read())
    return paths
