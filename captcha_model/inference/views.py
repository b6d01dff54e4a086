"""Further views of an image, for a network that reads images of any width.

They are the same image at other widths, and a closer look at the rows of small text.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model.config import WIDTH_STEP, CaptchaConfig
from captcha_model.images.arrays import at_width
from captcha_model.images.by_width import Pixels, stack

# Of the first width. An image is more often too wide for what the network knows than too narrow.
_FACTORS = (0.85, 1.2, 0.7, 1.4)

Look: TypeAlias = Callable[[Pixels, Sequence[int], int], npt.NDArray[np.floating]]
"""Takes another view of some images of a batch, their rows in it, and the number of the width, from
0, or `CLOSER`, and returns the network's logits, shape (images, T, classes)."""

CLOSER = -1


def other_widths(pixels: Pixels, config: CaptchaConfig, views: int) -> Iterator[Pixels]:
    """Yield images at other widths.

    Args:
        pixels: the input of the network, N images.
        config: the settings of a model for images of any width.
        views: how many there are with the first width, up to `MOST_VIEWS`.

    Yields:
        The N images, for every further view. Their widths are among those of the model, so that of
        a very wide or narrow image may be the same again.
    """
    assert config.min_width is not None, "this is for images of any width"
    for factor in _FACTORS[: views - 1]:
        found = []
        for image in pixels:
            width = round(image.shape[1] * factor / WIDTH_STEP) * WIDTH_STEP
            found.append(at_width(image, min(max(width, config.min_width), config.width)))
        yield stack(found)
