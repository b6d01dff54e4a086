"""The files of a model's folder that people read: its card, its image and its facts."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.model_card import FACTS_FILE, ModelFacts

from .facts import ANY_NAME, CardFacts
from .rendering import render_card

if TYPE_CHECKING:
    from PIL.Image import Image

    from captcha_model.data.synthetic.looks.renderer import SyntheticLook
    from captcha_model.data.synthetic.synthesis import SyntheticCaptcha

CARD_FILE, PICTURE_FILE = "README.md", "examples.png"


def card_files(
    config: CaptchaConfig,
    known: ModelFacts,
    name: str | None = None,
    images: "Sequence[Image]" = (),
) -> dict[str, bytes]:
    """Return a model's card, the image in it and the facts behind it, by their file names.

    A card shows images of the training where the run was asked for that, synthetic images of our
    own where the model was trained on images that look like them, and none otherwise.

    Args:
        config: the model's settings.
        known: the other facts about it.
        name: the Hub repository that it is pushed to; none if left out.
        images: of the training; they are shown only if the facts say that they may be.

    Returns:
        The contents of the files; without the image if the card shows none.
    """
    # Here, because it imports the imaging library.
    from .examples import as_png

    facts = CardFacts(config, known, name or ANY_NAME)
    shown = list(images) if known.shows_images else []
    if shown:
        facts = dataclasses.replace(facts, shows_images=True)
    else:
        examples = _synthetic_examples(facts)
        facts = dataclasses.replace(facts, examples=tuple(e.text for e in examples))
        shown = [e.image for e in examples]
    files = {
        CARD_FILE: render_card(facts).encode(),
        FACTS_FILE: f"{known.to_json()}\n".encode(),
    }
    return {**files, PICTURE_FILE: as_png(shown)} if shown else files


def _synthetic_examples(
    facts: CardFacts,
) -> "Sequence[SyntheticCaptcha | SyntheticLook]":
    """Return examples of our own that look like the training images; none if they cannot."""
    from .examples import draw_examples, draw_looks

    if facts.trained_on_looks:
        return draw_looks()
    training = facts.known.training
    if training is None or not facts.captcha_images_v2:
        return []
    return draw_examples(facts.config.characters, training.lengths)


def cut_apart(picture: "Image") -> "list[Image]":
    """Return the captchas on the image in a card; none if another program made it."""
    from .examples import cut_sheet

    return cut_sheet(picture)
