"""The example images of a saved model's card."""

from PIL import Image

from captcha_model.hub.source import Pretrained
from captcha_model.images.decode import decode_image


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
    from captcha_model.model_card.card import PICTURE_FILE, cut_apart

    path = source.folder([PICTURE_FILE]) / PICTURE_FILE
    return cut_apart(decode_image(path)) if path.is_file() else []
