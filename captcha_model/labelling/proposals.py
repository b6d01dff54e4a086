"""What is proposed for an image, and the readers that propose it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from captcha_model.decoding.letter_case import Case
from captcha_model.errors import ImageError
from captcha_model.inference.options import ReadingKeywords
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Prediction

Decoded = Image.Image | ImageError
OTHERS = 5
"""How many further texts are offered."""


@dataclass(frozen=True)
class Proposal:
    """A text that an image may show.

    Attributes:
        text: the likeliest text; may be empty.
        confidence: from 0 to 1; 0 if the reader tells none.
        others: further texts, the likeliest first.
    """

    text: str
    confidence: float = 0.0
    others: tuple[str, ...] = ()


class Proposer(Protocol):
    """Proposes texts.

    Attributes:
        name: of the reader, for people.
    """

    name: str

    def propose(self, images: Iterable[Decoded]) -> Iterator[Proposal | ImageError]:
        """Yield a proposal or the error of every image, in order."""
        ...


class NoProposer:
    """Proposes nothing, so that every label is typed."""

    name = "nobody"

    def propose(self, images: Iterable[Decoded]) -> Iterator[Proposal | ImageError]:
        """See `Proposer.propose`."""
        for image in images:
            yield image if isinstance(image, ImageError) else Proposal("")


class ModelProposer:
    """Proposes what a model reads.

    Args:
        model: the model.
        name: its name, for people.
        characters: the only ones that may be proposed; None for all of the model.
        case: in which letters are proposed; "keep" for that in which they are read.
    """

    def __init__(
        self, model: CaptchaModel, name: str, characters: str | None = None, case: Case = "keep"
    ) -> None:
        self.name = name
        self._model = model
        self._options: ReadingKeywords = {}
        known = "".join(c for c in characters or "" if c in model.characters)
        if known:
            self._options["charset"] = known
        if case != "keep":
            self._options["case"] = case

    def propose(self, images: Iterable[Decoded]) -> Iterator[Proposal | ImageError]:
        """See `Proposer.propose`."""
        for reading in self._model.predict_stream(images, batch_size=16, **self._options):
            yield reading if isinstance(reading, ImageError) else _of_reading(reading)


def _of_reading(reading: Prediction) -> Proposal:
    found: dict[str, float] = {}
    for other in filter(None, (reading.runner_up, reading.length_variant)):
        found[other.text] = other.confidence
    for place, character in enumerate(reading.characters):
        for other in character.alternatives:
            text = f"{reading.text[:place]}{other.text}{reading.text[place + 1 :]}"
            # Of the text without this character, every character has its share.
            share = reading.confidence * other.confidence / max(character.confidence, 1e-6)
            found[text] = max(share, found.get(text, 0.0))
    texts = sorted(found.keys() - {reading.text, ""}, key=lambda text: (-found[text], text))
    return Proposal(reading.text, reading.confidence, tuple(texts[:OTHERS]))
