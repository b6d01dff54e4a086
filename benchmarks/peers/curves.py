"""Plots the learning curves of all trained systems over time."""

from pathlib import Path
from typing import Any

from benchmarks.peers.systems import OURS, OURS_QUICK, OURS_SYNTHETIC
from captcha_model.plots.canvas import FAINT, FIRST, INK, SECOND, new_figure, save_figure

STYLES = {
    OURS: ("-", FIRST),
    OURS_QUICK: ("--", SECOND),
    OURS_SYNTHETIC: ((0, (8, 2)), FIRST),
    "keras": (":", INK),
    "mltu": ("-.", INK),
}
LEAST_SECONDS = 5
TICKS = (10, 30, 100, 300, 1000, 3000)


def plot_curves(path: Path, results: dict[str, Any]) -> None:
    """Plot the word accuracy on the validation split against the seconds since the command started.

    Args:
        path: the PNG to write.
        results: the document of `peers_training.json`.
    """
    figure = new_figure(7.5, 4.0)
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis = figure.subplots()
    for name, system in results["systems"].items():
        line, color = STYLES[name]
        seconds, accuracies = zip(*system["curve"], strict=True) if system["curve"] else ((), ())
        axis.plot(seconds, accuracies, linestyle=line, color=color, label=system["title"])
    axis.set_xscale("log")
    axis.set(
        xlabel="seconds since the command started",
        ylabel="texts correct",
        title=f"{results['images']} training images, {results['validation']} for validation",
        ylim=(-0.02, 1.02),
    )
    axis.title.set_fontsize(10)
    axis.set_xticks(TICKS, [f"{seconds:,}" for seconds in TICKS])
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlim(LEAST_SECONDS, None)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axis.grid(color=FAINT, alpha=0.4, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=9, edgecolor="none", framealpha=0.85)
    save_figure(figure, path)
