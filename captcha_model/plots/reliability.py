"""Reliability diagrams and risk-coverage curves: how well confidences are calibrated."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from captcha_model.metrics.calibration_error import Reliability, measure
from captcha_model.metrics.selective import risk_coverage
from captcha_model.plots.canvas import FAINT, FIRST, INK, SECOND, WRONG, new_figure, save_figure

MAX_THRESHOLDS_WITH_MARKERS = 30  # A single threshold has no line, so it needs a marker.
LINEAR_RISK = 1e-3  # Below this risk the scale is linear, so that it includes 0.
LEGEND: dict[str, Any] = {"fontsize": 9, "edgecolor": "none", "framealpha": 0.85}
POINTS: tuple[dict[str, Any], ...] = (
    {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 2},
    {"markersize": 4},
)


def reliability_diagram(path: Path, confidences: npt.ArrayLike, right: npt.ArrayLike) -> None:
    """Plot a reliability diagram, a histogram of the confidences and the risk-coverage curve.

    Args:
        path: the PNG file to write.
        confidences: shape (N,), from 0 to 1, N >= 1.
        right: shape (N,), whether each reading is correct.

    Raises:
        DependencyError: matplotlib is not installed.
        ValueError: the shapes differ, N is 0, or a confidence is not from 0 to 1.
    """
    reliability = measure(confidences, right)
    figure = new_figure(9.6, 4.8)
    from matplotlib.ticker import FuncFormatter

    percent = FuncFormatter(lambda value, _: f"{100 * value:g}%")
    grid = figure.add_gridspec(2, 2, height_ratios=[3.2, 1])
    bins = figure.add_subplot(grid[0, 0])
    counts = figure.add_subplot(grid[1, 0], sharex=bins)
    risk = figure.add_subplot(grid[:, 1])
    _draw_bins(bins, reliability)
    _draw_counts(counts, reliability)
    _draw_risk(risk, reliability, confidences, right)
    for axis in (bins, counts, risk):
        axis.xaxis.set_major_formatter(percent)
        axis.grid(color=FAINT, alpha=0.4, linewidth=0.6)
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.title.set_fontsize(10)
    for axis in (bins, risk):
        axis.yaxis.set_major_formatter(percent)
    save_figure(figure, path)


def _draw_bins(axis: Any, reliability: Reliability) -> None:
    """Plot the accuracy over the confidence of every bin, with its interval."""
    axis.plot([0, 1], [0, 1], color=INK, linestyle="--", linewidth=0.9, alpha=0.6)
    axis.errorbar(
        [b.confidence for b in reliability.bins],
        [b.accuracy for b in reliability.bins],
        # At 0 and 1 rounding may give a negative length, which matplotlib rejects.
        yerr=[
            [max(0.0, b.accuracy - b.interval[0]) for b in reliability.bins],
            [max(0.0, b.interval[1] - b.accuracy) for b in reliability.bins],
        ],
        fmt="o",
        color=FIRST,
        markersize=5,
        elinewidth=1.2,
        capsize=2.5,
        label="bins, 95 % intervals",
    )
    axis.set(title=f"reliability, ECE {reliability.ece:.2%}", ylabel="accuracy")
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.03))
    axis.tick_params(labelbottom=False)
    axis.legend(**LEGEND)


def _draw_counts(axis: Any, reliability: Reliability) -> None:
    """Plot the number of readings in every bin, and how many of them are wrong."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    left = [b.low for b in reliability.bins]
    width = [b.high - b.low for b in reliability.bins]
    images = [b.images for b in reliability.bins]
    wrong = [b.images - round(b.accuracy * b.images) for b in reliability.bins]
    style = {"align": "edge", "edgecolor": "white", "linewidth": 0.6}
    axis.bar(left, images, width, color=FIRST, alpha=0.45, label="all", **style)
    axis.bar(left, wrong, width, color=WRONG, label="wrong", **style)
    axis.set_yscale("log")
    # From below 1, so that a count of 1 has a height, and with room for the legend.
    axis.set(xlabel="confidence", ylabel="images", ylim=(0.5, 12 * max(images)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.legend(**LEGEND, loc="upper left", ncols=2)


def _draw_risk(
    axis: Any, reliability: Reliability, confidences: npt.ArrayLike, right: npt.ArrayLike
) -> None:
    """Plot the fraction of wrong readings among the accepted, and mark the operating points."""
    _, coverage, risk = risk_coverage(confidences, right)
    marker = "o" if len(coverage) <= MAX_THRESHOLDS_WITH_MARKERS else ""
    axis.plot(coverage, risk, color=FIRST, marker=marker, markersize=3.5)
    # Points may coincide; the second one fits inside the first one.
    for point, style in zip(reliability.points, POINTS, strict=True):
        if point.threshold is not None:
            position = point.coverage, 1 - point.right / point.accepted
            label = f"{point.coverage:.1%} accepted, >= {100 * point.precision:g}% correct"
            axis.plot(*position, "o", color=SECOND, label=label, clip_on=False, zorder=3, **style)
    axis.set_yscale("symlog", linthresh=LINEAR_RISK)
    axis.set(title="risk and coverage", xlabel="accepted", ylabel="wrong among the accepted")
    axis.set(
        xlim=(-0.02, 1.02), ylim=(-LINEAR_RISK / 10, 1.2), yticks=[0, LINEAR_RISK, 0.01, 0.1, 1]
    )
    if axis.get_legend_handles_labels()[0]:
        axis.legend(**LEGEND)
