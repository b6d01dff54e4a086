"""Fits the threshold for constraints to true ones: those that labels themselves satisfy."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from captcha_model.calibration.constraint_threshold import fit_constraint_threshold
from captcha_model.config import CaptchaConfig
from captcha_model.decoding.constraint_probability import restrict
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.letter_case import Case
from captcha_model.training.label_case import head_of

if TYPE_CHECKING:
    from captcha_model.training.calibration_data import CalibrationData

Floats = npt.NDArray[np.float64]

MAX_READINGS = 2000
"""Of more right readings those of a sample of images are used, with all their copies."""

_BATCH = 64  # Images at once, so that memory does not grow with the data.
_CLASSES = (r"\d", r"[^\W\d]")  # Digits and letters; any other character stands for itself.


def constraint_threshold(
    config: CaptchaConfig,
    data: "CalibrationData",
    confidences: Floats,
    right: npt.NDArray[np.bool_],
    *,
    temperature: float,
    min_confidence: float | None,
    seed: int = 0,
) -> float:
    """Fit the threshold for constraints.

    Readings that are right without a constraint are right with a true one as well, and more
    confident. Wrong ones are left out, because it may be their label that is wrong.

    Args:
        config: the settings of the model.
        data: M readings of images that it was not trained on.
        confidences: theirs without a constraint, shape (M,).
        right: whether each is right, shape (M,).
        temperature: the fitted one.
        min_confidence: the fitted threshold; None counts all right readings.
        seed: of the sample.
    """
    has_text = np.array([bool(label) for label in data.labels])
    rows = np.flatnonzero(right & has_text)  # An empty text is never accepted.
    rows = rows[_sampled(np.array(data.images)[rows], seed)]
    copies: dict[str, list[int]] = defaultdict(list)
    for row in rows.tolist():
        copies[data.labels[row]].append(row)
    groups: dict[tuple[str, Any], list[int]] = defaultdict(list)
    for label, members in copies.items():
        options = true_constraints(label)
        if config.reading_order == "logical":
            del options["pattern"]  # Such a model refuses patterns.
        for option in options.items():
            groups[option] += members
    head = head_of(config)
    case: Case = "keep" if config.case == "keep" else "ignore"
    found = [np.empty(0)]
    for (name, value), members in groups.items():
        constraint = Constraint.parse(config.vocabulary, case=case, **{name: value})
        assert constraint is not None
        constraint = constraint.within(data.logits.shape[1])
        for part in _batches(members):
            likely = restrict(data.logits[part], head, constraint, temperature).constraint
            assert likely is not None
            found.append(likely[confidences[part] >= (min_confidence or 0.0) * likely])
    return fit_constraint_threshold(np.concatenate(found))


def true_constraints(label: str) -> dict[str, Any]:
    """Return constraints that hold for a label, each a keyword argument of `Constraint.parse`."""
    return {
        "length": len(label),
        "charset": "".join(sorted(set(label))),
        "pattern": "".join(
            next((name for name in _CLASSES if re.fullmatch(name, c)), re.escape(c)) for c in label
        ),
    }


def _sampled(images: npt.NDArray[np.int_], seed: int) -> npt.NDArray[np.bool_]:
    """Return which readings are of the sample, given the images that they are of: shape (K,)."""
    every, counts = np.unique(images, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(every))
    many = int(np.searchsorted(counts[order].cumsum(), MAX_READINGS, "right"))
    return np.isin(images, every[order][: max(1, many)])


def _batches(rows: list[int]) -> Iterator[list[int]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
