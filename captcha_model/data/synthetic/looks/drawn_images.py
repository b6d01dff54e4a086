"""Synthetic images of every look as training takes them: drawn when they are needed, by processes.

The images are never stored, and none is drawn twice, so that a training may see millions of them.
"""

import copy
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model._utils.worker_pool import leave_with_parent
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import Indices, LabelledImages
from captcha_model.data.synthetic.looks.families import ALL_FAMILIES, EMPTY, FAMILIES, PREFIX
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.looks.texts import MAX_LENGTH, MIN_LENGTH
from captcha_model.errors import DataError
from captcha_model.images.by_width import stack
from captcha_model.images.preprocessing import prepare

_ANY = "any"
_TASK = 32  # Images that a process draws at once.

_Drawn: TypeAlias = tuple[npt.NDArray[np.uint8], str, str]


def families_of(source: str) -> tuple[str, ...]:
    """Return the families that a source such as `synthetic:any` names.

    Args:
        source: "synthetic:" and names with commas between; "any" is every family, and a name with a
            minus before it leaves its family out.

    Raises:
        DataError: a name is unknown, or no family is left.

    Example:
        >>> families_of("synthetic:plain,plates")
        ('plain', 'plates')
        >>> "drums" in families_of("synthetic:any,-drums")
        False
    """
    chosen: dict[str, None] = {}
    for name in source.removeprefix(PREFIX).split(","):
        family = name.removeprefix("-")
        if family not in ALL_FAMILIES and name != _ANY:
            raise DataError(
                f"There is no family of synthetic images {family!r}. Known: {_ANY}, "
                f"{', '.join(ALL_FAMILIES)}.",
                code="SOURCE_NOT_FOUND",
            )
        if name.startswith("-"):
            chosen.pop(family, None)
        else:
            chosen |= dict.fromkeys(FAMILIES if name == _ANY else (name,))
    if not chosen:
        raise DataError(f"{source!r} leaves no family of synthetic images.", code="SOURCE_EMPTY")
    return tuple(chosen)


class DrawnImages:
    """An `ImageSet` without an end: every index has an image.

    It starts its processes when they are first needed. They import the main module of the program,
    as all processes of `multiprocessing` do: a script that trains must do so under
    `if __name__ == "__main__":`.

    Args:
        config: the size that the images are brought to.
        seed: an integer >= 0; the same seed and index give the same image.
        fonts: a folder of fonts; None takes the built-in ones.
        families: which families to draw.
        count: the number of images in an epoch.
        workers: the number of processes.

    Attributes:
        families: which families are drawn.
        fonts: the names of the font files to choose from.

    Raises:
        DataError: the seed is negative, or the folder has no usable font.
    """

    def __init__(
        self,
        config: CaptchaConfig,
        *,
        seed: int,
        fonts: Path | None,
        families: Sequence[str],
        count: int,
        workers: int,
    ) -> None:
        renderer = LookRenderer(seed, fonts, families)  # Its errors come now, not in a process.
        self.families = tuple(families)
        self.fonts = renderer.fonts
        self._config = config
        self._seed = seed
        self._count = count
        self._shortest = 0 if EMPTY in families else MIN_LENGTH
        self._pool = ProcessPoolExecutor(
            workers,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(fonts, self.families, config),
        )

    def __len__(self) -> int:
        return self._count

    @property
    def label_lengths(self) -> tuple[int, int]:
        """The lengths of the shortest and the longest label, without drawing any."""
        return (self._shortest, MAX_LENGTH)

    def with_seed(self, seed: int) -> Self:
        """Return the images of another seed, which the same processes draw."""
        other = copy.copy(self)
        other._seed = seed
        return other

    def select(self, indices: Indices) -> LabelledImages:
        """Draw the images at some indices, in the given order."""
        numbers = np.asarray(indices, np.intp).tolist()
        tasks = [numbers[i : i + _TASK] for i in range(0, len(numbers), _TASK)]
        drawn = [
            image for task in self._pool.map(_draw, repeat(self._seed), tasks) for image in task
        ]
        return LabelledImages(
            stack([pixels for pixels, _, _ in drawn], self._config.input_shape),
            tuple(text for _, text, _ in drawn),
            tuple(f"{family} {i}" for (_, _, family), i in zip(drawn, numbers, strict=True)),
        )

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(cancel_futures=True)


_prepared: tuple[LookRenderer, CaptchaConfig]


def _start(fonts: Path | None, families: Sequence[str], config: CaptchaConfig) -> None:
    """Prepare a process: every task needs the fonts, which take a while to load."""
    leave_with_parent()
    global _prepared
    _prepared = LookRenderer(0, fonts, families), config


def _draw(seed: int, indices: Iterable[int]) -> list[_Drawn]:
    """Return the pixels, the text and the family of every image."""
    renderer, config = _prepared
    looks = map(renderer.with_seed(seed).draw, indices)
    return [(prepare(look.image, config).pixels, look.text, look.family) for look in looks]
