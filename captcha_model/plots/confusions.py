"""Confusion matrices: which characters were read as which."""

from pathlib import Path

import numpy as np

from captcha_model.evaluation.report import EvaluationReport
from captcha_model.plots.canvas import FAINT, INK, new_figure, save_figure


def confusion_matrix(path: Path, report: EvaluationReport) -> None:
    """Plot how often each character was read as each other one.

    The last row and column are added and missing characters. Correct characters are blue and
    mistakes are red, on the same logarithmic scale, because otherwise the few mistakes would be
    invisible. Mistakes are labelled with their count.

    Args:
        path: the PNG file to write.
        report: gives the counts.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    symbols = [c.character for c in report.characters]
    symbols += sorted({c.read for c in report.confusions} - {*symbols, ""})
    index = {symbol: i for i, symbol in enumerate([*symbols, ""])}
    correct, wrong = np.zeros((2, len(index), len(index)))
    for entry in report.characters:
        correct[index[entry.character], index[entry.character]] = entry.correct
    for confusion in report.confusions:
        wrong[index[confusion.expected], index[confusion.read]] = confusion.count
    side = max(4.0, 0.32 * len(index) + 1.4)
    figure = new_figure(side, side)
    from matplotlib.colors import LogNorm

    axis = figure.subplots()
    # From below 1, so that a count of 1 has a colour.
    scale = LogNorm(0.5, max(10, correct.max(), wrong.max()))
    for counts, colors in ((correct, "Blues"), (wrong, "Reds")):
        axis.imshow(np.where(counts > 0, counts, np.nan), cmap=colors, norm=scale)
    for confusion in report.confusions:
        axis.text(
            index[confusion.read],
            index[confusion.expected],
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
