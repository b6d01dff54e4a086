"""What is checked of a label before it is kept, so that no training stumbles over it later."""

from collections.abc import Mapping

from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.label_lengths import check_image_lengths, check_lengths
from captcha_model.data.loading import summarize_labels
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.decoding.letter_case import Case, in_case
from captcha_model.errors import DataError, ImageError
from captcha_model.images.preprocessing import prepare
from captcha_model.labelling.images import SeenImage
from captcha_model.networks import describe


def checked_label(
    image: str,
    decoded: Image.Image | ImageError,
    text: str,
    config: CaptchaConfig,
    characters: str | None,
    case: Case,
) -> str:
    """Return a label as it is kept: without white space around it, and with composed characters.

    Args:
        image: the name of the image.
        decoded: the image; its width limits the label, unless it can no longer be read.
        text: what was typed.
        config: the settings of the network that is adapted.
        characters: the only ones that a label may have; None for all.
        case: in which labels are kept.

    Raises:
        DataError: no model could learn the label.
    """
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError("The label holds half of a character.")
    sample = Sample(image, in_case(text.strip(), case), bytes)
    if not sample.label:
        raise DataError(
            "The label is empty. Type the text, or choose “Cannot be read”.", code="LABEL_EMPTY"
        )
    summary = summarize_labels([sample], characters, describe(config).output)
    check_lengths([sample], config, summary)
    if isinstance(decoded, Image.Image):
        pixels = prepare(decoded, config).pixels
        check_image_lengths(LabelledImages(pixels[None], (sample.label,), (image,)), config)
    return sample.label


def images_to_label(
    image: str, label: str, labels: Mapping[str, str], seen: Mapping[str, SeenImage]
) -> list[str]:
    """Return the images that a label changes: copies that have another one, and the image itself.

    The image comes last, so that its label is the one that is undone.

    Args:
        image: the name of the image.
        label: its new label.
        labels: those of all images.
        seen: the images that were decoded.

    Raises:
        DataError: there is such a copy, and the image itself had no label.
    """
    own = seen.get(image)
    found = [
        other
        for other, text in labels.items()
        if own and other != image and text != label and other in seen
        if seen[other].digest == own.digest
    ]
    if found and image not in labels:
        raise DataError(
            f"{found[0]} is the same image and has the label {labels[found[0]]!r}. If that one is "
            "wrong, correct it first: it is under “Check labels”.",
            code="CONFLICTING_LABELS",
        )
    return [*found, image] if labels.get(image) != label else found
