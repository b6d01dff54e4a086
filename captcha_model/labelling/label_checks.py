"""What is checked of a label before it is kept, so that no training stumbles over it later."""

from collections.abc import Mapping

from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import check_lengths, summarize_labels
from captcha_model.data.samples import Sample
from captcha_model.decoding.letter_case import Case, in_case
from captcha_model.errors import DataError
from captcha_model.labelling.images import SeenImage
from captcha_model.networks import describe


def checked_label(
    image: str, text: str, config: CaptchaConfig, characters: str | None, case: Case
) -> str:
    """Return a label as it is kept: without white space around it, and with composed characters.

    Args:
        image: the name of the image.
        text: what was typed.
        config: the settings of the network that is adapted.
        characters: the only ones that a label may have; None for all.
        case: in which labels are kept.

    Raises:
        DataError: no model could learn the label.
    """
    sample = Sample(image, in_case(text.strip(), case), bytes)
    if not sample.label:
        raise DataError(
            "The label is empty. Type the text, or choose “Cannot be read”.", code="LABEL_EMPTY"
        )
    summary = summarize_labels([sample], characters, describe(config).output)
    check_lengths([sample], config, summary)
    return sample.label


def check_copies(
    image: str, label: str, labels: Mapping[str, str], seen: Mapping[str, SeenImage]
) -> None:
    """Check that no image with the same pixels has another label.

    Args:
        image: the name of the image.
        label: its label.
        labels: those of all images.
        seen: the images that were decoded.

    Raises:
        DataError: one has.
    """
    own = seen.get(image)
    for other, text in labels.items():
        copy = seen.get(other)
        if other != image and text != label and own and copy and copy.digest == own.digest:
            raise DataError(
                f"{other} is the same image and has the label {text!r}. Give both the same label: "
                "the other one is under “Check labels”.",
                code="CONFLICTING_LABELS",
            )
