"""Images on which nothing is left to see once they have the network's size and channels.

Colours of equal brightness become one grey. Nothing is wrong with such a file, so only its pixels
tell.
"""

import threading
import warnings
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from captcha_model._utils.name_some import name_some
from captcha_model.config import CaptchaConfig
from captcha_model.errors import DataWarning
from captcha_model.images.preprocessing import prepare

MIN_CONTRAST = 8
"""The least difference, of 255, between the brightest and the darkest pixel of a visible text.

The compression of a JPEG alone makes differences of a few levels.
"""


def is_blank(pixels: npt.NDArray[np.uint8]) -> bool:
    """Return whether nothing is to be seen on an image of shape (H, W, C)."""
    return int(np.ptp(pixels, axis=(0, 1)).max(initial=0)) < MIN_CONTRAST


class BlankImages:
    """Collects the blank images of a data set, from any thread.

    Args:
        config: the size and the channels that the images are brought to.
    """

    def __init__(self, config: CaptchaConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._only_in_colour: dict[str, bool] = {}

    def note(self, name: str, data: bytes, pixels: npt.NDArray[np.uint8]) -> None:
        """Note an image if it is blank.

        Args:
            name: of the file.
            data: its bytes.
            pixels: what it became, of shape (H, W, C).
        """
        if not is_blank(pixels):
            return
        colour = replace(self._config, channels=3, calibration=None)
        in_colour = self._config.channels == 1 and not is_blank(prepare(data, colour).pixels)
        with self._lock:
            self._only_in_colour[name] = in_colour

    def warn(self) -> None:
        """Issue a `DataWarning` that counts and names the blank images and says what helps."""
        with self._lock:
            found = dict(sorted(self._only_in_colour.items()))
        advice = {
            True: "It shows in colour: --channels 3.",
            False: "They have one colour: look at the files.",
        }
        for in_colour, text in advice.items():
            names = [name for name, only in found.items() if only == in_colour]
            if names:
                warnings.warn(
                    f"{len(names)} images are blank after the conversion: {name_some(names)}. "
                    f"{text}",
                    DataWarning,
                    stacklevel=2,
                )
