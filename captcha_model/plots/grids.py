"""Grids of images: with a caption each, or with what was read and what should have been."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from captcha_model.data.samples import ImageSet
from captcha_model.plots.canvas import FAINT, INK, WRONG, new_figure, save_figure
from captcha_model.prediction import Prediction

CAPTION, TITLE = 9, 10  # Sizes of letters, in points.
# All in inches.
TILE = 2.4  # The least width of a picture.
TALLEST = 1.6  # The greatest height of a picture.
LETTER = CAPTION * 0.602 / 72  # The width of a caption's letter: they are all as wide.
LINE = CAPTION * 1.25 / 72
GAP = 0.14


def image_grid(
    path: Path,
    pixels: npt.NDArray[np.uint8],
    captions: Sequence[str],
    *,
    marked: Sequence[bool] | None = None,
    columns: int = 4,
    title: str = "",
) -> None:
    """Draw images with a caption each.

    Args:
        path: the PNG to write.
        pixels: `uint8` of shape (N, H, W, C), N at least 1.
        captions: one a picture; may have several lines.
        marked: which captions and frames are red; none when left out.
        columns: pictures a row; fewer where captions are too long for that.
        title: stands above.
    """
    height, width = pixels.shape[1:3]
    lines = [line for caption in captions for line in caption.split("\n")]
    tile = max(TILE, (max(map(len, lines)) + 2) * LETTER)
    columns = max(1, min(columns, len(pixels), int(columns * TILE / tile)))
    rows = -(-len(pixels) // columns)
    text = max(caption.count("\n") + 1 for caption in captions) * LINE
    figure = new_figure(
        max(columns * tile, len(title) * LETTER * TITLE / CAPTION),
        rows * (min(tile * height / width, TALLEST) + text + GAP) + (0.35 if title else 0.05),
    )
    if title:
        figure.suptitle(title, fontsize=TITLE, color=INK, parse_math=False)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes[len(pixels) :]:
        axis.axis("off")
    shown = axes[: len(pixels)]
    for i, (axis, image, caption) in enumerate(zip(shown, pixels, captions, strict=True)):
        red = marked is not None and marked[i]
        axis.set_xticks([])
        axis.set_yticks([])
        for spine in axis.spines.values():
            spine.set_color(WRONG if red else FAINT)
            spine.set_linewidth(2 if red else 0.5)
        grey = image.shape[-1] == 1
        axis.imshow(image[..., 0] if grey else image, cmap="gray", vmin=0, vmax=255)
        # A caption is data: without this, matplotlib would take dollar signs for formulas.
        axis.set_title(
            caption,
            fontsize=CAPTION,
            color=WRONG if red else INK,
            pad=4,
            family=["DejaVu Sans Mono", "DejaVu Sans"],
            multialignment="left",
            parse_math=False,
        )
    save_figure(figure, path)


def prediction_grid(
    path: Path,
    images: ImageSet,
    readings: Sequence[Prediction],
    *,
    title: str = "",
    most: int = 40,
    columns: int = 4,
) -> None:
    """Draw images with the true and the read text, the wrong ones first and red.

    Among the wrong and among the right ones the least confident come first: that is where a model
    is weak. The two texts stand one under the other, so that a mistake meets the eye.

    Args:
        path: the PNG to write.
        images: what was read, at least one; only those shown are decoded.
        readings: what the model read, one an image.
        title: names the images; how many of them were read right is added to it.
        most: how many are shown.
        columns: pictures a row; fewer where texts are too long for that.

    Raises:
        ValueError: not one reading an image.
    """
    right = [label == r.text for label, r in zip(images.labels, readings, strict=True)]
    order = sorted(range(len(right)), key=lambda i: (right[i], readings[i].confidence))[:most]
    shown = images.select(order)
    count = f"{sum(right)} of {len(right)} read right"
    note = f" ({len(order)} shown, wrong ones first)" if len(order) < len(right) else ""
    image_grid(
        path,
        shown.pixels,
        [_caption(label, readings[i]) for label, i in zip(shown.labels, order, strict=True)],
        marked=[label != readings[i].text for label, i in zip(shown.labels, order, strict=True)],
        columns=columns,
        title=f"{title}: {count}{note}" if title else count + note,
    )


def _caption(label: str, reading: Prediction) -> str:
    text = reading.text or "(nothing)"
    return f"true {label}\nread {text}  {reading.confidence:.1%}"
