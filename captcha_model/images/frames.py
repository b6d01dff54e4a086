"""The frames of an animation as one image, and what is said of frames that are not read."""

from collections.abc import Iterable, Iterator

from PIL import Image, ImageChops

from captcha_model.images.sanitize import FrameChoice

# In the `info` of a decoded image, which goes with it from decoding to reading.
_UNREAD = "captcha_model.unread_frames"
_ONLY_FIRST = "Only the first of"


def joins_all(choice: FrameChoice | None) -> bool:
    """Return whether a choice is all frames as one image."""
    return choice in ("darkest", "lightest")


def join(frames: Iterator[Image.Image], choice: FrameChoice) -> Image.Image:
    """Join frames of one size to the darkest or the lightest value at every pixel.

    The values of colours are compared channel by channel.

    Args:
        frames: at least one image without transparency; each may change when the next is taken.
        choice: "darkest" or "lightest".
    """
    combine = ImageChops.darker if choice == "darkest" else ImageChops.lighter
    joined = next(frames).copy()
    for frame in frames:
        if not joined.mode == frame.mode == "L":
            joined, frame = joined.convert("RGB"), frame.convert("RGB")
        joined = combine(joined, frame)
    return joined


def with_unread(image: Image.Image, count: int) -> Image.Image:
    """Return a decoded image with the note that it is the first of `count` frames; 0 adds none."""
    if count != unread_frames(image):
        image = image.copy()  # It may be the caller's own, of which another frame is read next.
        image.info[_UNREAD] = count
    return image


def unread_frames(image: Image.Image) -> int:
    """Return the number of frames of which a decoded image is the first; 0 if it is the only one.

    The texts of a file, which Pillow puts into `info` as well, are no integers.
    """
    count = image.info.get(_UNREAD, 0)
    return count if type(count) is int else 0


def unread_warnings(image: Image.Image) -> tuple[str, ...]:
    """Return the warning, as a sentence for a person, that other frames were not read."""
    count = unread_frames(image)
    if not count:
        return ()
    return (
        f"{_ONLY_FIRST} {count:,} frames was read. If the text moves or appears bit by bit, "
        "choose frames: darkest or lightest joins all of them, last or a number takes another one.",
    )


def says_unread(warnings: Iterable[str]) -> bool:
    """Return whether the warnings of a reading say that other frames were not read."""
    return any(warning.startswith(_ONLY_FIRST) for warning in warnings)
