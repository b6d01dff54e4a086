"""What may be said of texts beforehand, and a plain test of whether a text agrees with it."""

import re
from typing import Any

from hypothesis import strategies as st

from captcha_model.decoding.best_path import Ids, to_text
from captcha_model.decoding.constraints import Constraint
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import Vocabulary

CHARACTERS = "abc"
PLACES = ("a", "b", "c", ".", "[ab]", "[^b]", "[b-c]", r"\w", ".{2}", "[ac]{2}", "b{0}")

lengths = st.one_of(
    st.integers(1, 3),
    st.tuples(st.none() | st.integers(0, 2), st.none() | st.integers(2, 4)),
)


def asks(classes: int) -> st.SearchStrategy[dict[str, Any]]:
    """What to ask of the texts of a model with so many classes: some texts of its agree."""
    known = CHARACTERS[: classes - 1]
    return st.fixed_dictionaries(
        {},
        optional={
            "charset": st.sets(st.sampled_from(known), min_size=1).map(
                lambda s: "".join(s) + "xyz"
            ),
            "length": lengths,
            "pattern": st.lists(st.sampled_from(PLACES), min_size=1, max_size=3).map("".join),
        },
    )


def agrees(ids: Ids, asked: dict[str, Any]) -> bool:
    """Whether a text is as it is asked to be, by Python's own regular expressions."""
    text = to_text(ids, CHARACTERS)
    low, high = length if isinstance(length := asked.get("length"), tuple) else (length, length)
    return (
        set(text) <= set(asked.get("charset", CHARACTERS))
        and (low is None or low <= len(text))
        and (high is None or len(text) <= high)
        and (re.fullmatch(asked.get("pattern", ".*"), text) is not None)
    )


def parse(classes: int, asked: dict[str, Any]) -> Constraint | None:
    """The package's own understanding of the same."""
    return Constraint.parse(Vocabulary(CHARACTERS[: classes - 1]), **asked)


def parse_or_none(classes: int, asked: dict[str, Any]) -> Constraint | None:
    """The same, and None where no text is left."""
    try:
        return parse(classes, asked)
    except ConstraintError:
        return None
