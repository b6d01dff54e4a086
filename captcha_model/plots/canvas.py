"""What all plots share: the figure, the colours and how a plot is written."""

import importlib.util
import io
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.errors import DependencyError

WRONG, INK, FAINT = "#b3261e", "#1a1a1a", "#bbbbbb"
FIRST, SECOND = "#1f77b4", "#e07b00"  # Two lines in one panel, also distinct for the colour-blind.
DOTS_PER_INCH = 110


def check_matplotlib() -> None:
    """Check that plots can be drawn.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise DependencyError.missing("matplotlib", "train", "Plotting")


def new_figure(width: float, height: float) -> Any:
    """Return an empty `matplotlib.figure.Figure`; width and height are in inches.

    Raises:
        DependencyError: matplotlib is not installed.
    """
    check_matplotlib()
    from matplotlib.figure import Figure

    # Not pyplot, which keeps global state and may need a display.
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure as a PNG file, atomically."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    write_atomically(path, buffer.getvalue())
