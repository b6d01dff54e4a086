"""Plots as PNG files: image grids, learning curves, confusion matrices, reliability diagrams."""

from captcha_model.plots.canvas import check_matplotlib
from captcha_model.plots.confusions import confusion_matrix
from captcha_model.plots.curves import learning_curves
from captcha_model.plots.grids import image_grid, prediction_grid
from captcha_model.plots.reliability import reliability_diagram

__all__ = [
    "check_matplotlib",
    "confusion_matrix",
    "image_grid",
    "learning_curves",
    "prediction_grid",
    "reliability_diagram",
]
