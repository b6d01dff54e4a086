"""Choosing among the frames of an animation, and the limits on those that are decoded."""

from typing import Literal, TypeAlias, get_args

from captcha_model.errors import ImageError
from captcha_model.images.sanitize._sanitized import too_complex

_Word: TypeAlias = Literal["first", "last", "darkest", "lightest"]
FrameChoice: TypeAlias = int | _Word
"""The number of a frame, counted from 0, "first" or "last"; or all frames as one image: at every
pixel the darkest or the lightest value of all of them."""

FRAME_WORDS: tuple[str, ...] = get_args(_Word)
# Every frame has a cost of its own, however few pixels it has.
MAX_FRAMES = 1000
MAX_ANIMATION_PIXELS = 2**26


def frames_needed(choice: FrameChoice | None) -> int | None:
    """Return how many frames must be there for a choice; None if it needs all, however many.

    Args:
        choice: the choice; None takes the first frame.
    """
    if choice is None or choice == "first":
        return 1
    return choice + 1 if isinstance(choice, int) else None


def check_frame(choice: FrameChoice | None, count: int) -> int:
    """Return the number of the last frame that a choice among `count` frames needs.

    Raises:
        ImageError: there is no such frame.
    """
    number = (frames_needed(choice) or count) - 1
    if not 0 <= number < count:
        has = "one frame, number 0" if count == 1 else f"{count} frames, numbers 0 to {count - 1}"
        raise ImageError(f"There is no frame {choice}: the image has {has}.", code="IMAGE_FRAME")
    return number


def check_work(frames: int, width: int, height: int) -> None:
    """Check the number of frames that must be decoded together, and their pixels.

    Raises:
        ImageError: they are too many.
    """
    if frames > MAX_FRAMES:
        raise too_complex(f"{frames:,} frames must be decoded, and at most {MAX_FRAMES:,} are")
    if frames * width * height > MAX_ANIMATION_PIXELS:
        raise too_complex(
            f"the {frames:,} frames that must be decoded have over "
            f"{MAX_ANIMATION_PIXELS // 10**6} million pixels"
        )
