"""Learning curves: losses, metrics and learning rate by epoch."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from captcha_model.plots.canvas import FAINT, FIRST, INK, SECOND, new_figure, save_figure

if TYPE_CHECKING:
    from captcha_model.training.history import EpochRecord

MAX_EPOCHS_WITH_MARKERS = 30  # A single epoch has no line, so it needs a marker.


def learning_curves(
    path: Path, history: "Sequence[EpochRecord]", *, best: int | None = None
) -> None:
    """Plot the losses, the validation metrics and the learning rate by epoch.

    Without a validation split there are only the loss and the learning rate.

    Args:
        path: the PNG file to write.
        history: one record per epoch, at least one.
        best: the epoch whose weights were kept; a dashed line marks it.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    training = [record.loss for record in history]
    validation = [r.val_loss for r in history if r.val_loss is not None]
    figure = new_figure(11.5 if validation else 7.7, 3.4)
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    losses, *middle, rate = figure.subplots(1, 3 if validation else 2)
    epochs = [record.epoch for record in history]
    style: dict[str, Any] = {
        "marker": "o" if len(epochs) <= MAX_EPOCHS_WITH_MARKERS else "",
        "markersize": 3.5,
    }

    def draw(axis: Any, values: Sequence[float], color: str, label: str = "") -> None:
        axis.plot(epochs, values, color=color, label=label, **style)

    draw(losses, training, FIRST, "training")
    if validation:
        draw(losses, validation, SECOND, "validation")
    losses.set(title="loss")
    if any(0 < loss < math.inf for loss in training + validation):
        _use_log_scale(losses)

    for quality in middle:
        error_rates = [r.val_cer for r in history if r.val_cer is not None]
        words = [r.val_word_accuracy for r in history if r.val_word_accuracy is not None]
        draw(quality, words, FIRST, "word accuracy")
        draw(quality, error_rates, SECOND, "CER")
        # An untrained network often reads far more characters than there are: the CER may start
        # above 100 %. It is cut off, because the other values would be too small to see.
        quality.set(title="validation split", ylim=(-0.03, 1.03 * max(1, min(error_rates))))
        quality.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))

    rates = [record.learning_rate for record in history]
    draw(rate, rates, FIRST)
    rate.set(title="learning rate", ylim=(0, max(rates) * 1.08))
    rate.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))

    for axis in (losses, *middle, rate):
        axis.set(xlabel="epoch", xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        axis.title.set_fontsize(10)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8, min_n_ticks=1))
        axis.grid(color=FAINT, alpha=0.4, linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        if best is not None:
            name = f"best epoch, {best}" if axis in middle else None
            axis.axvline(best, color=INK, linestyle="--", linewidth=0.9, alpha=0.6, label=name)
    for axis in (losses, *middle):
        axis.legend(fontsize=9, edgecolor="none", framealpha=0.85)
    save_figure(figure, path)


def _use_log_scale(axis: Any) -> None:
    """Give an axis a logarithmic scale with plain numbers, and not too many of them."""
    from matplotlib.ticker import FuncFormatter

    axis.set_yscale("log")
    low, high = axis.get_ylim()
    decades = math.log10(high / low)
    shown = "123456789" if decades < 0.7 else "125" if decades < 3 else "1"

    def label(value: float, _: object) -> str:
        return f"{value:g}" if f"{value:e}"[0] in shown else ""

    axis.yaxis.set_major_formatter(FuncFormatter(label))
    axis.yaxis.set_minor_formatter(FuncFormatter(label))
