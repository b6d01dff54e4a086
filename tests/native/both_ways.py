"""Lattices of every kind, and what both the compiled core and NumPy make of them."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
from hypothesis import strategies as st

from captcha_model._utils import native
from captcha_model.decoding.best_path import Ids

KINDS = ("random", "flat", "peaked", "certain", "impossible", "equal")


def both(function: Callable[[], Any]) -> tuple[Any, Any]:
    """Return what a function returns with the core and with NumPy."""
    with mock.patch.object(native, "core", None):
        reference = function()
    return function(), reference


def logits_of(kind: str, seed: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Float32 logits (N, T, C) of a kind, as a network gives them."""
    rng = np.random.default_rng(seed)
    count, steps, classes = shape
    logits = rng.normal(0, {"flat": 0.1, "random": 3.0}.get(kind, 1.0), shape)
    # As a trained network: mostly the blank, and one class far above the others at each step.
    best = np.where(rng.random((count, steps)) < 0.6, 0, rng.integers(0, classes, (count, steps)))
    chosen = (np.arange(count)[:, None], np.arange(steps), best)
    if kind in ("peaked", "certain"):
        logits[chosen] += 12.0 if kind == "peaked" else 800.0
    elif kind == "impossible":  # As `join_steps` writes them behind the last step of an image.
        logits[:, rng.integers(0, steps) :] = -5000.0
        logits[..., 0] = 0.0
    elif kind == "equal":
        logits[:] = 0.0
    return logits.astype(np.float32)


@st.composite
def lattices(draw: st.DrawFn, most_steps: int = 200, most_classes: int = 10_000) -> np.ndarray:
    """Logits of 1 to 3 images, 2 to 200 steps and 2 to 10,000 classes, but not all of it much."""
    steps = draw(st.one_of(st.integers(2, 12), st.integers(2, most_steps)))
    most = max(2, min(most_classes, 60_000 // steps))
    classes = draw(st.one_of(st.integers(2, min(6, most)), st.integers(2, most)))
    count = draw(st.integers(1, 3))
    return logits_of(
        draw(st.sampled_from(KINDS)), draw(st.integers(0, 2**32 - 1)), (count, steps, classes)
    )


def any_texts(seed: int, shape: tuple[int, int, int], longest: int) -> list[Ids]:
    """Texts for N images, also empty ones and ones with repeats."""
    rng = np.random.default_rng(seed)
    count, _, classes = shape
    few = rng.integers(1, classes, 2)
    return [
        tuple(
            np.where(
                rng.random(length) < 0.5,
                rng.choice(few, length),
                rng.integers(1, classes, length),
            ).tolist()
        )
        for length in rng.integers(0, longest + 1, count).tolist()
    ]


def assert_same(ours: np.ndarray, reference: np.ndarray, beside: np.ndarray | float = 0.0) -> None:
    """Check logarithms of probabilities: the probabilities agree within 1e-9 of themselves.

    Args:
        ours: logarithms.
        reference: those they must agree with.
        beside: the logarithm of a probability beside which 1e-250 is nothing: products of that
            size have lost digits in either of them.
    """
    assert ours.shape == reference.shape
    assert not np.isnan(ours).any()
    counts = np.maximum(ours, reference) > beside - 575
    assert (np.isneginf(ours) == np.isneginf(reference))[counts].all()
    finite = counts & np.isfinite(reference)
    assert np.abs(ours[finite] - reference[finite]).max(initial=0.0) < 1e-9
