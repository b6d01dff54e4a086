"""The files of a model's folder that people read: its card, its image and its facts."""

import dataclasses
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.model_card import FACTS_FILE, ModelFacts

from .facts import ANY_NAME, CardFacts
from .rendering import render_card

if TYPE_CHECKING:
    from PIL.Image import Image

CARD_FILE, PICTURE_FILE = "README.md", "examples.png"
DEFAULT_LENGTHS = (5, 5)


def card_files(
    config: CaptchaConfig, known: ModelFacts, name: str | None = None
) -> dict[str, bytes]:
    """Return a model's card, the image in it and the facts behind it, by their file names.

    Args:
        config: the model's settings.
        known: the other facts about it.
        name: the Hub repository that it is pushed to; none if left out.

    Returns:
        The contents of the files; without the image if no font has the model's characters.
    """
    # Here, because it imports the imaging library.
    from .examples import as_png, draw_examples, draw_looks

    lengths = known.training.lengths if known.training else DEFAULT_LENGTHS
    facts = CardFacts(config, known, name or ANY_NAME)
    examples = draw_looks() if facts.trained_on_looks else draw_examples(config.characters, lengths)
    facts = dataclasses.replace(facts, examples=tuple(e.text for e in examples))
    files = {
        CARD_FILE: render_card(facts).encode(),
        FACTS_FILE: f"{known.to_json()}\n".encode(),
    }
    return {**files, PICTURE_FILE: as_png(examples)} if examples else files


def cut_apart(picture: "Image") -> "list[Image]":
    """Return the captchas on the image in a card; none if another program made it."""
    from .examples import cut_sheet

    return cut_sheet(picture)
