"""Image grids: images with captions, or with their labels and readings."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from captcha_model.data.samples import ImageSet
from captcha_model.images.by_width import Pixels, widths
from captcha_model.plots.canvas import FAINT, INK, WRONG, new_figure, save_figure
from captcha_model.prediction import Prediction

CAPTION_SIZE, TITLE_SIZE = 9, 10  # Font sizes, in points.
# Lengths, in inches.
MIN_TILE_WIDTH = 2.4
MAX_IMAGE_HEIGHT = 1.6
LETTER_WIDTH = CAPTION_SIZE * 0.602 / 72  # Captions use a monospaced font.
LINE_HEIGHT = CAPTION_SIZE * 1.25 / 72
GAP = 0.14


def image_grid(
    path: Path,
    pixels: Pixels,
    captions: Sequence[str],
    *,
    marked: Sequence[bool] | None = None,
    columns: int = 4,
    title: str = "",
) -> None:
    """Plot images with a caption each.

    Args:
        path: the PNG file to write.
        pixels: N images, at least 1.
        captions: N texts; may have several lines.
        marked: N flags, True for a red caption and frame; None marks nothing.
        columns: the number of images in a row; fewer if the captions are too wide.
        title: the title of the plot; may be empty.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    height, width = pixels[0].shape[0], int(widths(pixels).min())
    lines = [line for caption in captions for line in caption.split("\n")]
    tile = max(MIN_TILE_WIDTH, (max(map(len, lines)) + 2) * LETTER_WIDTH)
    columns = max(1, min(columns, len(pixels), int(columns * MIN_TILE_WIDTH / tile)))
    rows = -(-len(pixels) // columns)
    text = max(caption.count("\n") + 1 for caption in captions) * LINE_HEIGHT
    image_height = min(tile * height / width, MAX_IMAGE_HEIGHT)
    figure = new_figure(
        max(columns * tile, len(title) * LETTER_WIDTH * TITLE_SIZE / CAPTION_SIZE),
        rows * (image_height + text + GAP) + (0.35 if title else 0.05),
    )
    if title:
        figure.suptitle(title, fontsize=TITLE_SIZE, color=INK, parse_math=False)
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
        # A caption is data: dollar signs in it are not formulas.
        axis.set_title(
            caption,
            fontsize=CAPTION_SIZE,
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
    limit: int = 40,
    columns: int = 4,
) -> None:
    """Plot images with their labels and readings, wrong ones first and in red.

    Among the wrong and among the correct readings the least confident come first.

    Args:
        path: the PNG file to write.
        images: N images, at least one; only those that are shown are decoded.
        readings: N predictions, in the same order.
        title: the title of the plot; the number of correct readings is added.
        limit: the maximum number of images that are shown.
        columns: the number of images in a row; fewer if the texts are too wide.

    Raises:
        DependencyError: matplotlib is not installed.
        ValueError: the number of readings is not N.
    """
    correct = [label == r.text for label, r in zip(images.labels, readings, strict=True)]
    order = sorted(range(len(correct)), key=lambda i: (correct[i], readings[i].confidence))[:limit]
    shown = images.select(order)
    count = f"{sum(correct)} of {len(correct)} read correctly"
    note = f" ({len(order)} shown, wrong ones first)" if len(order) < len(correct) else ""
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
