"""Whether the compiled core is used: decided once, when this module is imported.

The core, `captcha_model._native`, has in C what takes most of the time around the network. The
NumPy code beside each of its uses does the same, is the reference for its tests, and serves where
the package was installed without a compiler.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

if TYPE_CHECKING:  # The command line looks here before it loads NumPy.
    import numpy as np
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Integers: TypeAlias = npt.NDArray[np.int64]
    Bytes: TypeAlias = npt.NDArray[np.uint8]

VARIABLE = "CAPTCHA_MODEL_NATIVE"
"""The environment variable that, set to 0, leaves everything to NumPy."""

# Of the core that this Python code was written for: a checkout may hold an older one.
_REVISION = 3


class Core(Protocol):
    """The functions of the core, which write into arrays of the caller, all in C order.

    The code that calls them says what the numbers mean. An array of another type or shape is a
    `ValueError`.
    """

    REVISION: int

    def log_softmax(self, logits: "npt.NDArray[Any]", temperature: float, out: "Floats", /) -> None:
        """Compute the log-softmax of float32 or float64 logits (R, C)."""

    def best_paths(self, scores: "npt.NDArray[Any]", /) -> list[tuple[int, ...]]:
        """Return the best paths of float32 or float64 scores (N, T, C)."""

    def beam_search(
        self, probabilities: "Floats", width: int, negligible: float, /
    ) -> list[tuple[int, ...]]:
        """Return the texts that a search without a constraint finds in (T, C)."""

    def allowed_search(
        self,
        probabilities: "Floats",
        width: int,
        negligible: float,
        nearly: float,
        edges: "Integers",
        rows: "Bytes",
        accepting: "Bytes",
        /,
    ) -> list[tuple[int, ...]]:
        """Return the texts that a search finds in (T, C), by `Automaton.arrays`."""

    def log_partition(
        self,
        log_probabilities: "Floats",
        edges: "Integers",
        rows: "Bytes",
        accepting: "Bytes",
        out: "Floats",
        /,
    ) -> None:
        """Compute the log-probabilities of all allowed texts in (N, T, C)."""

    def log_probability(
        self, log_probabilities: "Floats", ids: "Integers", lengths: "Integers", out: "Floats", /
    ) -> None:
        """Compute the log-probabilities of ids (N, L) in images (N, T, C), or all in (1, T, C)."""

    def neighbours(
        self,
        log_probabilities: "Floats",
        ids: "Integers",
        lengths: "Integers",
        text: "Floats",
        substitutions: "Floats",
        insertions: "Floats",
        deletions: "Floats",
        begins: "Floats",
        ends: "Floats",
        exact: "Bytes",
        /,
    ) -> None:
        """Compute the arrays of `Neighbours` for ids (N, L), and for which texts they are exact."""

    def case_log_probability(
        self,
        log_probabilities: "Floats",
        ids: "Integers",
        lengths: "Integers",
        cases: "Integers",
        out: "Floats",
        exact: "Bytes",
        /,
    ) -> None:
        """Do the same as `log_probability` in any case, and say for which texts it is exact."""

    def case_neighbours(
        self,
        log_probabilities: "Floats",
        ids: "Integers",
        lengths: "Integers",
        cases: "Integers",
        text: "Floats",
        substitutions: "Floats",
        insertions: "Floats",
        deletions: "Floats",
        begins: "Floats",
        ends: "Floats",
        exact: "Bytes",
        /,
    ) -> None:
        """Do the same as `neighbours` in any case, with the cases (C, 2) of each class."""

    def in_positions(
        self,
        substitutions: "Floats",
        ids: "Integers",
        own: "Floats",
        best: "Integers",
        confidences: "Floats",
        /,
    ) -> None:
        """Compute the confidences (N, L) of characters, and their K alternatives (N, L, K)."""

    def best_edits(
        self,
        substitutions: "Floats",
        insertions: "Floats",
        deletions: "Floats",
        ids: "Integers",
        chosen: "Integers",
        values: "Floats",
        /,
    ) -> None:
        """Find the likeliest edit, and the likeliest that changes the length: (2, N) twice."""

    def image_sums(self, pixels: "Bytes", ranks: "Integers", out: "Integers", /) -> None:
        """Compute what the statistics of images (N, H, W, C) are made of: (N, 14)."""

    def two_colours(self, pixels: "Bytes", out: "Bytes", /) -> None:
        """Say which of the images (N, H, W, C) have more than a single colour: (N,)."""

    def ink_box(self, pixels: "Bytes", step: int, contrast: int, out: "Integers", /) -> None:
        """Find where an image (H, W, C) has ink: left, top, right, bottom, or four times 0."""


def _load() -> tuple[Core | None, str]:
    """Return the core, or None and why it is not used."""
    if os.environ.get(VARIABLE) == "0":
        return None, f"{VARIABLE} is 0"
    if sys.maxsize < 2**32:
        return None, "this Python has 32 bits"
    try:
        found = cast(Core, importlib.import_module("captcha_model._native"))
    except ModuleNotFoundError:
        return None, "not compiled when installed"
    except ImportError as error:  # Such as of a core that was compiled for another system.
        return None, str(error)
    if found.REVISION != _REVISION:
        return None, "it is not of this version; install the package again"
    return found, ""


core, REASON = _load()
"""The core, or None; and why it is not used."""


def description() -> str:
    """Return whether the core is used, for a person."""
    return "with the compiled core" if core else f"without the compiled core: {REASON}"
