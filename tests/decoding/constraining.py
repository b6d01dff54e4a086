"""Random constraints, and a plain test of whether a text satisfies them."""

import re
from typing import Any

from hypothesis import strategies as st

from captcha_model.decoding.best_path import Ids, to_text
from captcha_model.decoding.constraints import Constraint
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import Vocabulary

CHARACTERS = "abc"
POSITIONS = ("a", "b", "c", ".", "[ab]", "[^b]", "[b-c]", r"\w", ".{2}", "[ac]{2}", "b{0}")
REPETITIONS = ("", "?", "*", "+", "{0}", "{2}", "{0,2}", "{1,2}", "{2,}", "{,1}", "{1,}")

# One class for every position, and patterns with alternatives, groups and repetitions.
plain_patterns = st.lists(st.sampled_from(POSITIONS), min_size=1, max_size=3).map("".join)
patterns = st.recursive(
    st.sampled_from(("a", "b", "c", ".", "[ab]", "[^b]", "")),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.tuples(st.sampled_from(("(", "(?:")), inner, st.sampled_from(REPETITIONS)).map(
            lambda parts: f"{parts[0]}{parts[1]}){parts[2]}"
        ),
    ),
    max_leaves=6,
)

lengths = st.one_of(
    st.integers(1, 3),
    st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(2, 4)),
)


def constraint_options(classes: int) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments of `Constraint.parse` for a model with this number of classes."""
    known = CHARACTERS[: classes - 1]
    return st.fixed_dictionaries(
        {},
        optional={
            "charset": st.sets(st.sampled_from(known), min_size=1).map(
                lambda s: "".join(s) + "xyz"
            ),
            "length": lengths,
            "pattern": plain_patterns | patterns,
        },
    )


def satisfies(ids: Ids, options: dict[str, Any]) -> bool:
    """Whether a text satisfies them, by Python's own regular expressions."""
    text = to_text(ids, CHARACTERS)
    low, high = length if isinstance(length := options.get("length"), tuple) else (length, length)
    return (
        set(text) <= set(options.get("charset", CHARACTERS))
        and (low is None or low <= len(text))
        and (high is None or len(text) <= high)
        and (re.fullmatch(options.get("pattern", ".*"), text) is not None)
    )


def parse(classes: int, options: dict[str, Any]) -> Constraint | None:
    """The constraint of the package."""
    return Constraint.parse(Vocabulary(CHARACTERS[: classes - 1]), **options)


def parse_or_none(classes: int, options: dict[str, Any]) -> Constraint | None:
    """The constraint of the package; None where no text is left."""
    try:
        return parse(classes, options)
    except ConstraintError:
        return None
