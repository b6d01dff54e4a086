"""Pictures for people: grids of images, learning curves, confusion matrices, as PNG."""

import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model.errors import DependencyError
from captcha_model.evaluation import EvaluationReport
from captcha_model.files import write_atomically

if TYPE_CHECKING:
    from captcha_model.training.state import EpochRecord

WRONG, RIGHT = "#b3261e", "#1a1a1a"


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
        captions: one a picture.
        marked: which captions and frames are red; none when left out.
        columns: pictures a row.
        title: stands above.
    """
    rows = -(-len(pixels) // columns)
    figure = _figure(columns * 2.4, rows * 0.95 + (0.4 if title else 0.1))
    if title:
        figure.suptitle(title, fontsize=10)
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for axis in axes:
        axis.axis("off")
    for i, (axis, image, caption) in enumerate(zip(axes, pixels, captions, strict=False)):
        red = marked is not None and marked[i]
        axis.axis("on")
        axis.set_xticks([])
        axis.set_yticks([])
        for spine in axis.spines.values():
            spine.set_color(WRONG if red else "#bbbbbb")
            spine.set_linewidth(2 if red else 0.5)
        grey = image.shape[-1] == 1
        axis.imshow(image[..., 0] if grey else image, cmap="gray", vmin=0, vmax=255)
        # A caption is data: without this, matplotlib would take dollar signs for formulas.
        axis.set_title(
            caption,
            fontsize=9,
            color=WRONG if red else RIGHT,
            pad=3,
            family="monospace",
            parse_math=False,
        )
    _save(figure, path)


def learning_curves(path: Path, history: "Sequence[EpochRecord]") -> None:
    """Draw the losses, and the validation part's CER and word accuracy, over the epochs."""
    epochs = [record.epoch for record in history]
    figure = _figure(9, 3.4)
    left, right = figure.subplots(1, 2)
    left.plot(epochs, [record.loss for record in history], label="training (augmented)")
    left.plot(epochs, [record.val_loss for record in history], label="validation")
    left.set(xlabel="epoch", ylabel="CTC loss", yscale="log")
    right.plot(epochs, [record.val_word_accuracy for record in history], label="word accuracy")
    right.plot(epochs, [record.val_cer for record in history], label="CER")
    right.set(xlabel="epoch", ylabel="validation part", ylim=(-0.02, 1.02))
    for axis in (left, right):
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    _save(figure, path)


def confusion_matrix(path: Path, report: EvaluationReport) -> None:
    """Draw how often each character was read as each other; the last row and column are "none".

    Counts are shown as colour on a logarithmic scale and, off the diagonal, as numbers, because
    the few mistakes would be invisible beside the many right readings.
    """
    from matplotlib.colors import LogNorm

    symbols = [c.character for c in report.characters]
    symbols += sorted({c.read for c in report.confusions} - {*symbols, ""})
    places = {symbol: i for i, symbol in enumerate([*symbols, ""])}
    counts = np.zeros((len(places), len(places)))
    for entry in report.characters:
        counts[places[entry.character], places[entry.character]] = entry.correct
    for confusion in report.confusions:
        counts[places[confusion.expected], places[confusion.read]] = confusion.count
    side = max(4.0, 0.32 * len(places) + 1.4)
    figure = _figure(side, side)
    axis = figure.subplots()
    axis.imshow(np.where(counts > 0, counts, np.nan), cmap="Blues", norm=LogNorm(1, counts.max()))
    for confusion in report.confusions:
        axis.text(
            places[confusion.read],
            places[confusion.expected],
            str(confusion.count),
            ha="center",
            va="center",
            fontsize=8,
            color=WRONG,
        )
    names = [*symbols, "none"]
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    for label in [*axis.get_xticklabels(), *axis.get_yticklabels()]:
        label.set_parse_math(False)
    axis.tick_params(length=0, top=True, labeltop=True)
    axis.set(xlabel="read", ylabel="expected")
    _save(figure, path)


def check_drawing() -> None:
    """Check that pictures can be drawn.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise DependencyError.missing("matplotlib", "train", "Drawing pictures")


def _figure(width: float, height: float) -> Any:
    check_drawing()
    from matplotlib.figure import Figure

    # Not pyplot: it would keep state and ask for a screen.
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    write_atomically(path, buffer.getvalue())
