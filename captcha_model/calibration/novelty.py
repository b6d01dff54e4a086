"""Novelty detection: whether an image is out of distribution, from how it looks, and its text too.

A network that was trained on captchas may be confident on a photograph or a ticket. Here an image
is a vector of `captcha_model.calibration.image_statistics`. Those of the training images have a
mean and a covariance, and the novelty of a new image is its Mahalanobis distance (1936) from them.
A text that is shorter or longer than all training texts is out of distribution as well: the image
may be a piece of one.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt

from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Range
from captcha_model.calibration.image_statistics import COUNTS, TOLERANCES, measure

Floats = npt.NDArray[np.float64]

QUANTILE = 0.998
MAX_NUMBER = 1e9
Number: TypeAlias = Annotated[float, Range(-MAX_NUMBER, MAX_NUMBER)]
Length: TypeAlias = Annotated[int, Range(1, MAX_NUMBER)]
_DECIMALS = 6  # Of the numbers in a model's settings.


@dataclass(frozen=True)
class NoveltyDetector(Record, code="NOVELTY_INVALID"):
    """The distribution of training images, and the distance at which an image is out of it.

    Attributes:
        count: how many rows of statistics it was fitted to.
        centre: their mean; 12 statistics for grey images, 13 for colour.
        whitening: a square matrix W, by rows; the distance of statistics x is |(x - centre) W|.
        limit: an image at a larger distance is out of distribution.
        text_lengths: the lengths of the shortest and the longest training text, in characters; None
            lets every length pass.

    Raises:
        ConfigError: a value is of the wrong type or shape, or out of its bounds.
    """

    count: Annotated[int, Range(1, MAX_NUMBER)]
    centre: tuple[Number, ...]
    whitening: tuple[tuple[Number, ...], ...]
    limit: Annotated[float, Range(0, MAX_NUMBER, above=True)]
    text_lengths: tuple[Length, Length] | None = None

    def check_together(self) -> None:
        """Check the shapes and the order of the lengths."""
        size = len(self.centre)
        if size not in COUNTS.values():
            sizes = " or ".join(map(str, COUNTS.values()))
            raise self.invalid(f"centre must have {sizes} values. Received: {size}")
        if [len(row) for row in self.whitening] != [size] * size:
            raise self.invalid(f"whitening must have {size} rows of {size} values.")
        if self.text_lengths and self.text_lengths[0] > self.text_lengths[1]:
            raise self.invalid(
                f"text_lengths must be ascending. Received: {list(self.text_lengths)}"
            )

    @classmethod
    def fit(
        cls,
        statistics: Floats,
        quantile: float = QUANTILE,
        text_lengths: tuple[int, int] | None = None,
    ) -> "NoveltyDetector":
        """Fit the detector to statistics of training images.

        The covariance is that of the statistics plus their squared tolerances. Its correlations are
        shrunk by the intensity that Ledoit and Wolf (2004) estimate, so that few images suffice.

        Args:
            statistics: `measure` of training images and of degraded copies of them, which must stay
                in distribution; shape (N, 12) for grey or (N, 13) for colour, N at least 2.
            quantile: the least share of them that is in distribution.
            text_lengths: see the class.

        Raises:
            ValueError: the shape is another one, or the quantile is not between 0 and 1.
        """
        if (
            statistics.ndim != 2
            or len(statistics) < 2
            or statistics.shape[1] not in COUNTS.values()
        ):
            raise ValueError(
                f"Needs statistics of two images or more. Received: {statistics.shape}"
            )
        tolerances = np.array(list(TOLERANCES.values()))[: statistics.shape[1]]
        centre = statistics.mean(axis=0)
        scale = np.sqrt(statistics.var(axis=0) + tolerances**2)
        scaled = (statistics - centre) / scale
        correlation = scaled.T @ scaled / len(scaled)
        share = _shrinkage(scaled, correlation)
        correlation = (1 - share) * correlation
        # The diagonal lacks the share of the tolerances, with which it is 1.
        np.fill_diagonal(correlation, 1.0)
        whitening = np.linalg.cholesky(np.linalg.inv(correlation)) / scale[:, None]
        # Rounded before the limit is computed, so that a saved model has exactly this limit.
        centre, whitening = centre.round(_DECIMALS), whitening.round(_DECIMALS)
        distances = np.linalg.norm((statistics - centre) @ whitening, axis=1)
        # Training images that are all alike must not make every other image novel: one that is off
        # by the tolerance in every statistic is in distribution.
        least = float(np.quantile(distances, quantile, method="higher"))
        limit = max(least, math.sqrt(len(centre)))
        rows = tuple(tuple(row) for row in whitening.tolist())
        return cls(len(statistics), tuple(centre.tolist()), rows, limit, text_lengths)

    def distance(self, pixels: npt.NDArray[np.uint8]) -> Floats:
        """Return the distance of images from the training images, in standard deviations.

        Args:
            pixels: `uint8` of shape (N, H, W, C), at the network's size, as for `fit`.

        Returns:
            Shape (N,), at least 0; an image above `limit` is out of distribution.

        Raises:
            ValueError: the number of channels differs from that of the training images.
        """
        if pixels.ndim != 4 or pixels.shape[3] != self.channels:
            raise ValueError(f"Needs {self.channels} channels. Received: {pixels.shape}")
        centre, whitening = self._arrays
        away = (measure(pixels) - centre) @ whitening
        distances: Floats = np.sqrt((away * away).sum(axis=1))
        return distances

    def has_novel_length(self, text: str) -> bool:
        """Return whether a text is shorter or longer than all training texts."""
        if self.text_lengths is None:
            return False
        shortest, longest = self.text_lengths
        return not shortest <= len(text) <= longest

    @cached_property
    def channels(self) -> int:
        """The number of channels: 1 (grey) or 3 (colour)."""
        return next(c for c, count in COUNTS.items() if count == len(self.centre))

    @cached_property
    def _arrays(self) -> tuple[Floats, Floats]:
        return np.array(self.centre), np.array(self.whitening)


def _shrinkage(scaled: Floats, covariance: Floats) -> float:
    """Return the shrinkage intensity for the covariance of scaled rows (N, F), from 0 to 1.

    It is the variance of the covariance's entries over their squared distance from the diagonal
    matrix of equal variances (O. Ledoit and M. Wolf, "A well-conditioned estimator for
    large-dimensional covariance matrices", 2004).
    """
    count, statistics = scaled.shape
    target = np.trace(covariance) / statistics * np.eye(statistics)
    away = float(((covariance - target) ** 2).sum())
    fourth = float(((scaled**2).sum(axis=1) ** 2).sum()) / count
    chance = (fourth - float((covariance**2).sum())) / count
    return min(1.0, max(0.0, chance / away)) if away > 0 else 1.0
