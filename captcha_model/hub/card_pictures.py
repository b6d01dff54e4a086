"""The example images of a saved model's card."""

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from captcha_model.hub.source import Pretrained
from captcha_model.images.decode import decode_image

if TYPE_CHECKING:  # Reading images needs no facts, for which a start would wait.
    from captcha_model.model_card import ModelFacts


def card_pictures(source: Pretrained) -> list[Image.Image]:
    """Return the images on the picture of a model's card, cut apart.

    Args:
        source: the saved model.

    Returns:
        The images; none if the card has no picture, or one that this package did not make.

    Raises:
        ModelFolderError, HubError: the picture cannot be fetched.
        ImageError: the picture cannot be read.
    """
    # Here, because reading images needs no card.
    from captcha_model.model_card.card import PICTURE_FILE

    return _cut(source.folder([PICTURE_FILE]) / PICTURE_FILE)


def training_pictures(folder: Path, facts: "ModelFacts") -> list[Image.Image]:
    """Return the images of the training on the card of a model's folder; none if it shows none.

    Raises:
        ImageError: the picture cannot be read.
    """
    from captcha_model.model_card.card import PICTURE_FILE

    return _cut(folder / PICTURE_FILE) if facts.shows_images else []


def _cut(path: Path) -> list[Image.Image]:
    from captcha_model.model_card.card import cut_apart

    return cut_apart(decode_image(path)) if path.is_file() else []
