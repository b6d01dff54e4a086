"""How unlike the images that a model was trained on a new one is, judged by its appearance alone.

A network that has only seen captchas may be sure of what it reads in a photograph or on a ticket.
Here an image is a dozen figures (see `captcha_model.calibration.image_statistics`). Those of the training images have
a mean and a covariance, and the distance of a new image from them is that of Mahalanobis (1936).
"""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.image_statistics import COUNTS, TOLERANCES, measure
from captcha_model.errors import ConfigError

Floats = npt.NDArray[np.float64]

QUANTILE = 0.998
MAX_NUMBER = 1e9
_DECIMALS = 6  # What a model's file has room for.


@dataclass(frozen=True)
class NoveltyDetector:
    """The training images as figures, and up to which distance an image is familiar.

    Attributes:
        count: how many rows of figures it was fitted on.
        centre: their mean; 12 figures for grey images, 13 for colour.
        whitening: a square matrix W, by rows; the distance of figures x is |(x - centre) W|.
        limit: the distance up to which an image is familiar.

    Raises:
        ConfigError: a value is of the wrong type or shape, or out of its bounds.
    """

    count: int
    centre: tuple[float, ...]
    whitening: tuple[tuple[float, ...], ...]
    limit: float

    def __post_init__(self) -> None:
        _check("count", type(self.count) is int and 1 <= self.count <= MAX_NUMBER)
        _check("centre", _are_numbers(self.centre) and len(self.centre) in COUNTS.values())
        rows = self.whitening
        _check("whitening", isinstance(rows, tuple) and len(rows) == len(self.centre))
        _check("whitening", all(_are_numbers(r) and len(r) == len(rows) for r in rows))
        _check("limit", _are_numbers((self.limit,)) and self.limit > 0)

    @classmethod
    def fit(cls, figures: Floats, quantile: float = QUANTILE) -> "NoveltyDetector":
        """Learn what is familiar.

        The covariance is that of the figures plus their tolerances. Its correlations are shrunk by
        the share that Ledoit and Wolf (2004) estimate, so that few images suffice.

        Args:
            figures: `measure` of training images and of damaged copies of them, which are to stay
                familiar too; shape (N, 12) for grey or (N, 13) for colour, N at least 2.
            quantile: the share of them that is familiar at least.

        Raises:
            ValueError: the shape does not fit, or the quantile is not within 0 and 1.
        """
        if figures.ndim != 2 or len(figures) < 2 or figures.shape[1] not in COUNTS.values():
            raise ValueError(f"Needs figures of two images or more. Received: {figures.shape}")
        tolerances = np.array(list(TOLERANCES.values()))[: figures.shape[1]]
        centre = figures.mean(axis=0)
        scale = np.sqrt(figures.var(axis=0) + tolerances**2)
        scaled = (figures - centre) / scale
        correlation = scaled.T @ scaled / len(scaled)
        share = _shrinkage(scaled, correlation)
        correlation = (1 - share) * correlation
        # On the diagonal are the variances' shares; with those of the tolerances they sum to 1.
        np.fill_diagonal(correlation, 1.0)
        whitening = np.linalg.cholesky(np.linalg.inv(correlation)) / scale[:, None]
        # Before the limit is found, so that a saved model has the very same one.
        centre, whitening = centre.round(_DECIMALS), whitening.round(_DECIMALS)
        distances = np.linalg.norm((figures - centre) @ whitening, axis=1)
        # Images that are all alike do not make everything else unfamiliar: what is off by its
        # tolerance in every figure is not.
        least = float(np.quantile(distances, quantile, method="higher"))
        limit = max(least, math.sqrt(len(centre)))
        rows = tuple(tuple(row) for row in whitening.tolist())
        return cls(len(figures), tuple(centre.tolist()), rows, limit)

    def distance(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return how far images are from what is familiar, in standard deviations.

        Args:
            pixels: `uint8` of shape (N, H, W, C), at the network's size as `fit` had them.

        Returns:
            Shape (N,), from 0 upwards; compare it with `limit`.

        Raises:
            ValueError: the number of channels is another one than that of the training images.
        """
        if pixels.ndim != 4 or pixels.shape[3] != self.channels:
            raise ValueError(f"Needs {self.channels} channels. Received: {pixels.shape}")
        centre, whitening = self._arrays
        away = (measure(pixels) - centre) @ whitening
        distances: Floats = np.sqrt((away * away).sum(axis=1))
        return distances

    @cached_property
    def channels(self) -> int:
        """How many channels the images have: 1 (grey) or 3 (colour)."""
        return next(c for c, figures in COUNTS.items() if figures == len(self.centre))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that `from_dict` takes back."""
        whitening = [list(row) for row in self.whitening]
        return {
            "count": self.count,
            "centre": list(self.centre),
            "whitening": whitening,
            "limit": self.limit,
        }

    @classmethod
    def from_dict(cls, values: Any) -> "NoveltyDetector":
        """Build it from `to_dict`'s values.

        Raises:
            ConfigError: not a mapping, a missing or an unknown key, or a bad value.
        """
        known = {field.name for field in fields(cls)}
        _check("familiarity", isinstance(values, dict) and values.keys() == known)
        centre, rows = values["centre"], values["whitening"]
        _check("centre", isinstance(centre, list))
        _check("whitening", isinstance(rows, list) and all(isinstance(r, list) for r in rows))
        return cls(values["count"], tuple(centre), tuple(map(tuple, rows)), values["limit"])

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.centre), np.array(self.whitening)


def _are_numbers(values: Any) -> bool:
    """Return whether values are a tuple of finite numbers that are not too large."""
    return isinstance(values, tuple) and all(
        type(v) in (int, float) and abs(v) <= MAX_NUMBER for v in values
    )


def _check(name: str, valid: bool) -> None:
    if not valid:
        raise ConfigError(f"{name} is not what a familiarity has", code="NOVELTY_INVALID")


def _shrinkage(scaled: Floats, covariance: Floats) -> float:
    """Return how much the covariance of scaled rows (N, F) owes to chance, from 0 to 1.

    It is the variance of the covariance's entries over their squared distance from the diagonal
    matrix of equal variances (O. Ledoit and M. Wolf, "A well-conditioned estimator for
    large-dimensional covariance matrices", 2004).
    """
    count, figures = scaled.shape
    target = np.trace(covariance) / figures * np.eye(figures)
    away = float(((covariance - target) ** 2).sum())
    fourth = float(((scaled**2).sum(axis=1) ** 2).sum()) / count
    chance = (fourth - float((covariance**2).sum())) / count
    return min(1.0, max(0.0, chance / away)) if away > 0 else 1.0
