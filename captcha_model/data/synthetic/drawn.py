"""Sets of drawn captchas: as folders on disk, and as images to train on."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from captcha_model._utils.atomic_files import is_free, write_atomically
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets.mjsynth import ANNOTATION
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import MAX_LENGTH, Synthesizer
from captcha_model.errors import DataError, name_some
from captcha_model.images.preprocessing import prepare


def draw_like(
    labels: Iterable[str],
    count: int,
    config: CaptchaConfig,
    seed: int,
    *,
    progress: Callable[[Iterable[int]], Iterable[int]] = lambda numbers: numbers,
) -> LabelledImages:
    """Draw captchas over a model's characters, as long as some labels are.

    Args:
        labels: give the shortest and the longest text; at least one.
        count: how many to draw, from 1.
        config: gives the characters and the images' size.
        seed: of the synthesizer.
        progress: wraps the numbers of the images, to show how far the drawing has come.
    """
    lengths = [min(len(label), MAX_LENGTH) for label in labels]
    synthesizer = Synthesizer(config.characters, (min(lengths), max(lengths)), seed)
    captchas = [synthesizer.draw(i) for i in progress(range(count))]
    return LabelledImages(
        np.stack([prepare(captcha.image, config).pixels for captcha in captchas]),
        tuple(captcha.text for captcha in captchas),
        tuple(f"drawn {i}" for i in range(count)),
    )


def write_folder(
    synthesizer: Synthesizer, count: int, out: Path, *, start: int = 0
) -> Iterator[Path]:
    """Write `count` images and then `metadata.csv` (`file_name,text`) into a folder.

    File names are numbers, so that any vocabulary is safe. It is a generator, so that a caller can
    show progress: each image is written when it is asked for, the CSV with the end.

    Raises:
        DataError: the folder exists and is not empty.
    """
    _make_folder(out)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file_name", "text"])
    for index in range(start, start + count):
        captcha = synthesizer.draw(index)
        path = out / f"{index:06d}.png"
        captcha.image.save(path)
        rows.writerow([path.name, captcha.text])
        yield path
    write_atomically(out / "metadata.csv", table.getvalue().encode())


def write_mjsynth(synthesizer: Synthesizer, count: int, out: Path) -> None:
    """Write `count` images into a folder that is laid out like MJSynth, with several widths.

    Raises:
        DataError: the folder exists and is not empty, or a text cannot stand in a file's name.
    """
    texts = [synthesizer.text(index) for index in range(count)]
    bad = [text for text in texts if "/" in text or "\\" in text]
    if bad:
        raise DataError(f"A text with a slash cannot stand in a file's name: {name_some(bad)}.")
    _make_folder(out)
    lexicon = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    lines = []
    for index, text in enumerate(texts):
        name = f"{index // 50 + 1}/{index % 5 + 1}/{index}_{text}_{lexicon[text]}.jpg"
        lines.append(f"./{name} {lexicon[text]}\n")
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = synthesizer.draw(index).image
        image.resize((image.width * (2 + index % 3) // 3, image.height)).save(path)
    write_atomically(out / ANNOTATION, "".join(lines).encode())


def _make_folder(out: Path) -> None:
    if not is_free(out):
        raise DataError(f"{out} exists and is not empty. Choose a new folder.")
    out.mkdir(parents=True, exist_ok=True)
