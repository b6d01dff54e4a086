"""The files of a model's folder that are for people: its card and what belongs to it."""

from captcha_model.config import CaptchaConfig
from captcha_model.model_card import FACTS_FILE, ModelFacts

from .facts import ANY_NAME, CardFacts
from .rendering import render_card

CARD_FILE, PICTURE_FILE = "README.md", "examples.png"
DEFAULT_LENGTHS = (5, 5)


def card_files(
    config: CaptchaConfig, known: ModelFacts, name: str | None = None
) -> dict[str, bytes]:
    """Return a model's card, the picture in it and the facts behind it, by their file names.

    Args:
        config: the model's settings.
        known: what else is known of it.
        name: the Hub repository that it goes to, if it goes to one.
    """
    # Here, because it brings the imaging library, which a card without a picture can do without.
    from .examples import as_png, draw_examples

    lengths = known.training.lengths if known.training else DEFAULT_LENGTHS
    examples = draw_examples(config.characters, lengths)
    facts = CardFacts(config, known, name or ANY_NAME, tuple(e.text for e in examples))
    files = {
        CARD_FILE: render_card(facts).encode(),
        FACTS_FILE: f"{known.to_json()}\n".encode(),
    }
    return {**files, PICTURE_FILE: as_png(examples)} if examples else files
