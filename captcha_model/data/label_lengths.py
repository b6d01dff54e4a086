"""Checks that the labels fit into the time steps of a network, at the widths of their images."""

from collections.abc import Iterable

from captcha_model._utils.name_some import count_some
from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import LabelSummary
from captcha_model.data.samples import LabelledImages, Sample
from captcha_model.errors import DataError
from captcha_model.images.by_width import widths
from captcha_model.networks import describe, time_steps
from captcha_model.networks.base import STEP_WIDTH


def check_lengths(samples: Iterable[Sample], config: CaptchaConfig, summary: LabelSummary) -> None:
    """Check that every label fits into the network's time steps.

    Args:
        samples: the labelled files, to name those that do not fit.
        config: the settings of the network.
        summary: that of the samples, for the network's output head.

    Raises:
        DataError: a label needs more steps than the network has.
    """
    steps = time_steps(config)
    if summary.most_steps <= steps:
        return
    needed = describe(config).output.needed_steps
    count, named = count_some(
        f"{s.name} (needs {needed(s.label)})" for s in samples if needed(s.label) > steps
    )
    raise DataError(
        f"{count} labels do not fit into the network's {steps} time steps: {named}.",
        code="LABEL_TOO_LONG",
    )


def check_image_lengths(images: LabelledImages, config: CaptchaConfig) -> None:
    """Check that every label fits into the time steps of its own image.

    Only where every image has a width of its own; otherwise `check_lengths` says it all.

    Args:
        images: at the network's input size.
        config: the settings of the network.

    Raises:
        DataError: a label needs more steps than a network has at the width of its image.
    """
    if not config.any_width:
        return
    needed = describe(config).output.needed_steps
    steps = widths(images.pixels) // STEP_WIDTH
    count, named = count_some(
        f"{name} (needs {needed(label)} of {has} steps)"
        for name, label, has in zip(images.names, images.labels, steps.tolist(), strict=True)
        if needed(label) > has
    )
    if count:
        raise DataError(
            f"{count} labels are too long for the width of their image: {named}. Such an image has "
            "too few columns for so many characters. Correct its label, or leave it out.",
            code="LABEL_TOO_LONG",
        )
