"""Reliability: is a confidence a probability, and what does it give to refuse the least sure?"""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.selective import risk_coverage
from captcha_model.plots.canvas import FAINT, FIRST, INK, SECOND, WRONG, new_figure, save_figure

FEW = 30  # Up to so many thresholds each is a dot of its own; a single one would show no line.
SMALLEST = 1e-3  # The risk below which the scale is linear, so that no risk at all has a place.
LEGEND: dict[str, Any] = {"fontsize": 9, "edgecolor": "none", "framealpha": 0.85}
POINTS: tuple[dict[str, Any], ...] = (
    {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 2},
    {"markersize": 4},
)


def reliability_diagram(path: Path, confidences: npt.ArrayLike, right: npt.ArrayLike) -> None:
    """Draw a reliability diagram over a histogram, and beside them the risk-coverage curve.

    Args:
        path: the PNG to write.
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is right.

    Raises:
        ValueError: the shapes do not fit, nothing is there, or a confidence is not from 0 to 1.
    """
    figures = measure(confidences, right)
    figure = new_figure(9.6, 4.8)
    from matplotlib.ticker import FuncFormatter

    percent = FuncFormatter(lambda value, _: f"{100 * value:g}%")
    grid = figure.add_gridspec(2, 2, height_ratios=[3.2, 1])
    bins = figure.add_subplot(grid[0, 0])
    counts = figure.add_subplot(grid[1, 0], sharex=bins)
    risk = figure.add_subplot(grid[:, 1])
    _draw_bins(bins, figures)
    _draw_counts(counts, figures)
    _draw_risk(risk, figures, confidences, right)
    for axis in (bins, counts, risk):
        axis.xaxis.set_major_formatter(percent)
        axis.grid(color=FAINT, alpha=0.4, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.title.set_fontsize(10)
    for axis in (bins, risk):
        axis.yaxis.set_major_formatter(percent)
    save_figure(figure, path)


def _draw_bins(axis: Any, figures: Reliability) -> None:
    """Draw the accuracy over the confidence of every bin, with its interval."""
    axis.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=0.9, alpha=0.6)
    axis.errorbar(
        [part.confidence for part in figures.bins],
        [part.accuracy for part in figures.bins],
        # At 0 and 1 rounding may give a bar of less than no length, which matplotlib refuses.
        yerr=[
            [max(0.0, part.accuracy - part.interval[0]) for part in figures.bins],
            [max(0.0, part.interval[1] - part.accuracy) for part in figures.bins],
        ],
        fmt="o",
        color=FIRST,
        markersize=5,
        elinewidth=1.2,
        capsize=2.5,
        label="bins, 95 % intervals",
    )
    axis.set(title=f"reliability, ECE {figures.ece:.2%}", ylabel="right")
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.03))
    axis.tick_params(labelbottom=False)
    axis.legend(**LEGEND)


def _draw_counts(axis: Any, figures: Reliability) -> None:
    """Draw how many readings every bin holds, and how many of them are wrong."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    left = [part.low for part in figures.bins]
    width = [part.high - part.low for part in figures.bins]
    images = [part.images for part in figures.bins]
    wrong = [part.images - round(part.accuracy * part.images) for part in figures.bins]
    style = {"align": "edge", "edgecolor": "white", "linewidth": 0.6}
    axis.bar(left, images, width, color=FIRST, alpha=0.45, label="all", **style)
    axis.bar(left, wrong, width, color=WRONG, label="wrong", **style)
    axis.set_yscale("log")
    # From below 1, so that a single reading has a height, and with room for the legend.
    axis.set(xlabel="confidence", ylabel="images", ylim=(0.5, 12 * max(images)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.legend(**LEGEND, loc="upper left", ncols=2)


def _draw_risk(
    axis: Any, figures: Reliability, confidences: npt.ArrayLike, right: npt.ArrayLike
) -> None:
    """Draw the share of wrong readings among the surest ones, and mark the operating points."""
    _, coverage, risk = risk_coverage(confidences, right)
    marker = "o" if len(coverage) <= FEW else ""
    axis.plot(coverage, risk, color=FIRST, marker=marker, markersize=3.5)
    # Points may coincide: the second shows inside the first.
    for point, style in zip(figures.points, POINTS, strict=True):
        if point.threshold is not None:
            place = point.coverage, 1 - point.right / point.accepted
            label = f"{point.coverage:.1%} accepted, >= {100 * point.precision:g}% right"
            axis.plot(*place, "o", color=SECOND, label=label, clip_on=False, zorder=3, **style)
    axis.set_yscale("symlog", linthresh=SMALLEST)
    axis.set(title="risk and coverage", xlabel="accepted", ylabel="wrong among the accepted")
    axis.set(xlim=(-0.02, 1.02), ylim=(-SMALLEST / 10, 1.2), yticks=[0, SMALLEST, 0.01, 0.1, 1])
    if axis.get_legend_handles_labels()[0]:
        axis.legend(**LEGEND)
