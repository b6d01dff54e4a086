"""Data sets of synthetic captchas: as arrays to train on, and as folders on disk."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from PIL import Image

from captcha_model._utils.atomic_files import is_free, write_atomically
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import MAX_LENGTH, Synthesizer
from captcha_model.errors import DataError
from captcha_model.images.by_width import stack
from captcha_model.images.preprocessing import prepare


class SyntheticImage(Protocol):
    """A synthetic image and the text that it shows."""

    @property
    def image(self) -> Image.Image:
        """The image."""

    @property
    def text(self) -> str:
        """The text."""


class Renderer(Protocol):
    """Draws synthetic images by their index."""

    def draw(self, index: int) -> SyntheticImage:
        """Draw image `index` (>= 0)."""


def synthesize_like(
    labels: Iterable[str],
    count: int,
    config: CaptchaConfig,
    seed: int,
    *,
    progress: Callable[[Iterable[int]], Iterable[int]] = lambda numbers: numbers,
) -> LabelledImages:
    """Generate captchas over a model's characters, with texts as long as some labels.

    Args:
        labels: at least one; they give the shortest and the longest text, up to `MAX_LENGTH`.
        count: the number of captchas, at least 1.
        config: gives the characters and the size of the images.
        seed: that of the synthesizer, an integer >= 0.
        progress: wraps the image numbers, for example in a progress bar.

    Returns:
        `count` images; the same arguments always give the same ones.

    Raises:
        DataError: the font has no glyph for a character.
    """
    lengths = [min(len(label), MAX_LENGTH) for label in labels]
    synthesizer = Synthesizer(config.characters, (min(lengths), max(lengths)), seed)
    captchas = [synthesizer.draw(i) for i in progress(range(count))]
    return LabelledImages(
        stack([prepare(captcha.image, config).pixels for captcha in captchas]),
        # The characters stand in the picture from left to right.
        tuple(config.vocabulary.in_reading_order(captcha.text) for captcha in captchas),
        tuple(f"synthetic {i}" for i in range(count)),
    )


def write_folder(renderer: Renderer, count: int, out: Path, *, start: int = 0) -> Iterator[Path]:
    """Write images and a `metadata.csv` (`file_name,text`) into a new folder.

    This is a generator, so that the caller can show progress: each step writes one image, the end
    of the iteration writes the table. File names are numbers, which allows any vocabulary.

    Args:
        renderer: draws the images.
        count: the number of images.
        out: the folder; it must be empty or not exist.
        start: the index of the first image.

    Yields:
        The path of each image.

    Raises:
        DataError: the folder is not empty.
    """
    make_folder(out)
    rows: list[tuple[str, str]] = []
    for name, text in write_images(renderer, range(start, start + count), out):
        rows.append((name, text))
        yield out / name
    write_table(rows, out)


def write_images(
    renderer: Renderer, indices: Iterable[int], out: Path
) -> Iterator[tuple[str, str]]:
    """Draw images, write them to a folder, and yield the file name and the text of each."""
    for index in indices:
        captcha = renderer.draw(index)
        name = f"{index:06d}.png"
        captcha.image.save(out / name)
        yield name, captcha.text


def write_table(rows: Iterable[tuple[str, str]], out: Path) -> None:
    """Write the file names and the texts of images as the `metadata.csv` of their folder."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["file_name", "text"])
    writer.writerows(rows)
    write_atomically(out / "metadata.csv", table.getvalue().encode())


def make_folder(out: Path) -> None:
    """Make a folder for a data set.

    Raises:
        DataError: it is not empty.
    """
    if not is_free(out):
        raise DataError(f"{out} exists and is not empty. Choose a new folder.")
    out.mkdir(parents=True, exist_ok=True)
