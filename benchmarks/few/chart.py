"""Plots the accuracy against the number of labels, beside readers that take none.

    python -m benchmarks.few.chart

draws from the stored results of `benchmarks.few` and `benchmarks.general`.
"""

import argparse
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.common import RESULTS
from benchmarks.few.table import KINDS, OTHERS, Results, best_share, counts_of, documents, of_set
from captcha_model.plots.canvas import FAINT, FIRST, INK, SECOND, new_figure, save_figure

PLOT = Path(__file__).parents[2] / "docs" / "images" / "few_labels.png"
STYLES = {"ddddocr": ("--", SECOND), "rapidocr": (":", INK)}


def main() -> None:
    """Draw."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.few.chart",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="(default: %(default)s)")
    parser.add_argument("--plot", type=Path, default=PLOT, help="(default: %(default)s)")
    options = parser.parse_args()
    plot(options.plot, options.results)
    print(f"wrote {options.plot}")


def plot(path: Path, results: Path) -> None:
    """Plot the means of the real sets and of the generators, and every set as a thin line.

    A set that was not measured with each number of labels is left out: the mean of other sets at
    one number than at another would show nothing.

    Args:
        path: the PNG to write.
        results: the folder of `few.json`, `general.json` and `general_peers.json`.
    """
    few, general, peers = documents(results)
    figure = new_figure(9.0, 4.2)
    axes = figure.subplots(1, len(KINDS), sharey=True)
    for axis, (kind, title) in zip(axes, KINDS.items(), strict=True):
        _draw(axis, title, lines(kind, few, general, peers), counts_of(few), peers)
    axes[0].set_ylabel("texts right, case ignored")
    save_figure(figure, path)


def lines(kind: str, few: Results, general: Results, peers: Results) -> dict[str, list[float]]:
    """Return the shares of our reader by set: without labels, then with each number of them."""
    found = {}
    for name, facts in few["sets"].items():
        if facts["kind"] == kind:
            _, *ours = of_set(name, facts, counts_of(few), general, peers)[0]
            measured = [share for share in ours if share is not None]
            if len(measured) == len(ours):
                found[name] = measured
    return found


def _draw(
    axis: Any, title: str, ours: dict[str, list[float]], counts: list[int], peers: Results
) -> None:
    from matplotlib.ticker import FuncFormatter

    labels = [0, *counts]
    for shares in ours.values():
        axis.plot(labels, shares, color=FIRST, linewidth=0.7, alpha=0.3)
    if ours:
        means = [fmean(column) for column in zip(*ours.values(), strict=True)]
        axis.plot(labels, means, color=FIRST, marker="o", linewidth=2, label="captcha-model train")
        for system, (style, color) in STYLES.items():
            share = fmean(best_share(peers["sets"][name][system]) for name in ours)
            axis.axhline(share, linestyle=style, color=color, label=f"{OTHERS[system]}, no labels")
        axis.legend(fontsize=9, edgecolor="none", framealpha=0.85, loc="lower right")
    axis.set(title=f"mean of {len(ours)} {title}", xlabel="labels", ylim=(0, 1.02))
    axis.title.set_fontsize(10)
    axis.set_xticks(labels)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axis.grid(color=FAINT, alpha=0.4, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    main()
