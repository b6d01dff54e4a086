"""Choosing a frame of an animation, and the limit on the frames that it needs."""

from typing import Literal, TypeAlias

from captcha_model.errors import ImageError
from captcha_model.images.sanitize._sanitized import too_complex

FrameChoice: TypeAlias = int | Literal["last"]
"""The number of a frame, counted from 0, or "last"."""

MAX_ANIMATION_PIXELS = 2**26


def check_frame(choice: FrameChoice, count: int) -> int:
    """Return the number of the frame that is chosen among `count`.

    Raises:
        ImageError: there is no such frame.
    """
    number = count - 1 if choice == "last" else choice
    if not 0 <= number < count:
        has = "one frame, number 0" if count == 1 else f"{count} frames, numbers 0 to {count - 1}"
        raise ImageError(f"There is no frame {choice}: the image has {has}.", code="IMAGE_FRAME")
    return number


def check_pixels(frames: int, width: int, height: int) -> None:
    """Check the pixels of all frames up to the chosen one, which must be decoded together.

    Raises:
        ImageError: they are too many.
    """
    if frames * width * height > MAX_ANIMATION_PIXELS:
        raise too_complex(
            f"the {frames:,} frames up to the chosen one have over "
            f"{MAX_ANIMATION_PIXELS // 10**6} million pixels"
        )
