"""White space at the ends of labels, which nobody sees and which would become characters."""

from collections.abc import Callable, Sequence

from captcha_model.data.source_options import SourceOptions
from captcha_model.errors import DataError


def without_white_space(
    labels: Sequence[str], name_places: Callable[[list[int]], str], options: SourceOptions
) -> list[str]:
    """Return labels that neither begin nor end with white space.

    Args:
        labels: all labels of a source or a table.
        name_places: returns for the indices of some labels where they are, for the message.
        options: `strip_labels` removes the white space instead of refusing it.

    Raises:
        DataError: there is some, and it may not be removed.
    """
    if options.strip_labels:
        return [label.strip() for label in labels]
    bad = [index for index, label in enumerate(labels) if label != label.strip()]
    if bad:
        raise DataError(
            f"{len(bad)} labels begin or end with white space, such as {labels[bad[0]]!r}, in "
            f"{name_places(bad)}. If the images do not show it, use --strip-labels",
            code="LABEL_WHITE_SPACE",
        )
    return list(labels)
