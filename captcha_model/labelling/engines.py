"""Proposals by other OCR programs, where they are installed."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from captcha_model.decoding.letter_case import Case
from captcha_model.errors import CaptchaError, DependencyError, ImageError
from captcha_model.images.flatten import flatten
from captcha_model.labelling.proposals import Decoded, Proposal
from captcha_model.training.label_case import known_label

Engine = Callable[[Image.Image], tuple[str, float]]
"""Takes an opaque RGB image; returns its text, and a confidence from 0 to 1 or 0 if it has none."""


class EngineProposer:
    """Proposes what another program reads, folded to the characters that there are.

    Args:
        name: a key of `ENGINES`.
        characters: the only ones that may be proposed; None for all.
        case: in which letters are proposed.

    Raises:
        DependencyError: the program is not installed.
    """

    def __init__(self, name: str, characters: str | None = None, case: Case = "keep") -> None:
        self.name = name
        self._characters, self._case = characters, case
        try:
            self._read = ENGINES[name]()
        except ImportError as error:
            raise DependencyError(
                f"Proposals by {name} need the package {error.name!r}, which is not installed. "
                f"Install it with: python -m pip install {name}"
            ) from error

    def propose(self, images: Iterable[Decoded]) -> Iterator[Proposal | ImageError]:
        """See `Proposer.propose`."""
        for image in images:
            if isinstance(image, ImageError):
                yield image
            else:
                try:
                    text, confidence = self._read(flatten(image).convert("RGB"))
                except Exception as error:  # Whatever another program raises.
                    raise CaptchaError(f"{self.name} gave up: {error}") from error
                yield Proposal(fold(text, self._characters, self._case), confidence)


def fold(text: str, characters: str | None, case: Case) -> str:
    """Return a text without white space and without other characters than there are.

    Args:
        text: any text.
        characters: the only ones that are kept; a letter that is among them in its other case only
            gets that case. None keeps all.
        case: in which letters are returned.
    """
    text = "".join(text.split())
    folded = known_label(text, characters, "ignore" if case == "keep" else case)
    return folded if characters is None else "".join(c for c in folded if c in characters)


def _rapidocr() -> Engine:
    from rapidocr import RapidOCR

    reader = RapidOCR(params={"Global.log_level": "error"})

    def read(image: Image.Image) -> tuple[str, float]:
        # Recognition alone: an image is one line. It takes the channels in the order of OpenCV.
        pixels = np.asarray(image)[:, :, ::-1]
        found: Any = reader(pixels, use_det=False, use_cls=False, use_rec=True)
        return (found.txts[0], float(found.scores[0])) if found.txts else ("", 0.0)

    return read


def _ddddocr() -> Engine:
    from ddddocr import DdddOcr

    reader = DdddOcr(show_ad=False)

    def read(image: Image.Image) -> tuple[str, float]:
        file = io.BytesIO()
        image.save(file, "PNG")
        return str(reader.classification(file.getvalue())), 0.0

    return read


ENGINES: Mapping[str, Callable[[], Engine]] = MappingProxyType(
    {"rapidocr": _rapidocr, "ddddocr": _ddddocr}
)
"""The programs by their names, which are those of their packages, too."""
