"""Confusion matrices: which characters were read for which."""

from pathlib import Path

import numpy as np

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.plots.canvas import FAINT, INK, new_figure, save_figure


def confusion_matrix(path: Path, report: EvaluationReport) -> None:
    """Draw how often each character was read as each other; the last row and column are "none".

    Right readings are blue and mistakes are red, both on one logarithmic scale, because the few
    mistakes would be invisible beside the many right readings. Mistakes bear their number.

    Args:
        path: the PNG to write.
        report: gives the counts.
    """
    symbols = [c.character for c in report.characters]
    symbols += sorted({c.read for c in report.confusions} - {*symbols, ""})
    places = {symbol: i for i, symbol in enumerate([*symbols, ""])}
    right, wrong = np.zeros((2, len(places), len(places)))
    for entry in report.characters:
        right[places[entry.character], places[entry.character]] = entry.correct
    for confusion in report.confusions:
        wrong[places[confusion.expected], places[confusion.read]] = confusion.count
    side = max(4.0, 0.32 * len(places) + 1.4)
    figure = new_figure(side, side)
    from matplotlib.colors import LogNorm

    axis = figure.subplots()
    # From below 1, so that even a single reading has a colour.
    scale = LogNorm(0.5, max(10, right.max(), wrong.max()))
    for counts, colors in ((right, "Blues"), (wrong, "Reds")):
        axis.imshow(np.where(counts > 0, counts, np.nan), cmap=colors, norm=scale)
    for confusion in report.confusions:
        axis.text(
            places[confusion.read],
            places[confusion.expected],
            str(confusion.count),
            ha="center",
            va="center",
            fontsize=8,
            color="white" if scale(confusion.count) > 0.65 else INK,
        )
    names = [*symbols, "none"]
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names)
    for label in [*axis.get_xticklabels(), *axis.get_yticklabels()]:
        label.set_parse_math(False)
    axis.tick_params(length=0, top=True, labeltop=True)
    axis.set_xticks(np.arange(0.5, len(names) - 1), minor=True)
    axis.set_yticks(np.arange(0.5, len(names) - 1), minor=True)
    axis.grid(which="minor", color=FAINT, linewidth=0.3)
    axis.tick_params(which="minor", length=0)
    axis.set(xlabel="read", ylabel="expected")
    save_figure(figure, path)
