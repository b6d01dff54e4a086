import pytest

from captcha_model.decoding.constraints import Constraint
from captcha_model.errors import ConstraintError
from captcha_model.vocabulary import Vocabulary

LOWER = Vocabulary("2345678bcdefgmnpwxy")
MIXED = Vocabulary("abcDEFß0")


def warnings_of(vocabulary: Vocabulary = LOWER, **options) -> tuple[str, ...]:
    constraint = Constraint.parse(vocabulary, **options)
    assert constraint.within(30).warnings == constraint.warnings
    return constraint.warnings


@pytest.mark.parametrize(
    ("options", "where", "wrong", "known"),
    [
        ({"charset": "BCD2345"}, "charset", "BCD", "bcd"),
        ({"charset": "bcD2345", "length": 5}, "charset", "D", "d"),
        ({"charset": "BC", "pattern": ".{5}"}, "charset", "BC", "bc"),
        ({"pattern": "[A-F0-9]{5}"}, "'[A-F0-9]' in pattern", "BCDEF", "bcdef"),
        ({"pattern": r"\d{2}|X\d"}, "'X' in pattern", "X", "x"),
        ({"pattern": "([a-z]?[A-B2])+"}, "'[A-B2]' in pattern", "B", "b"),
    ],
)
def test_characters_that_the_model_knows_only_in_the_other_case_are_an_error(
    options, where, wrong, known
):
    with pytest.raises(ConstraintError) as caught:
        Constraint.parse(LOWER, **options)
    assert caught.value.code == "CONSTRAINT_INVALID"
    assert str(caught.value) == (
        f"The model knows {wrong!r} of {where} only in the other case: {known!r}. Use that case, "
        "or case 'ignore'."
    )


@pytest.mark.parametrize(
    "options",
    [
        {"charset": "ABC"},
        {"charset": "def"},
        {"charset": "0aBc"},
        {"pattern": "[A-C]"},
        {"pattern": "[d-f0]{3}"},
    ],
)
def test_each_letter_has_the_case_that_the_vocabulary_has(options):
    with pytest.raises(ConstraintError, match="only in the other case"):
        Constraint.parse(MIXED, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"charset": LOWER.characters},
        {"length": 5},
        {"pattern": r"[a-z]\d[a-z0-9]{3}"},
        {"pattern": r"\w+"},
        {"pattern": r"[A-Za-z\d]{5}"},
        {"pattern": ".{5}"},
        # What is not one of these is not a list of capitals.
        {"pattern": "[^a-z]{5}"},
    ],
)
def test_what_the_model_can_read_needs_no_warning(options):
    assert warnings_of(**options) == ()


def test_unknown_characters_of_a_charset_are_named_once_and_in_order():
    known = "It knows '2345678bcdefgmnpwxy'."
    assert warnings_of(charset="9b0a10") == (
        f"The model does not know '90a1' of charset, so it cannot read them. {known}",
    )
    # Both cases: the captchas may have either, and the model reads one of them.
    assert warnings_of(charset="bcBC", pattern="[a-z]+") == (
        f"The model does not know 'BC' of charset, so it cannot read them. {known}",
    )
    assert warnings_of(MIXED, charset="0ẞßabc ") == (
        "The model does not know 'ẞ ' of charset, so it cannot read them. It knows 'abcDEFß0'.",
    )


@pytest.mark.parametrize("charset", ["+-*/", "0123456789-bcd", "9-0", "b", "", "-"])
def test_what_looks_like_no_range(charset):
    assert not any("single characters" in warning for warning in warnings_of(charset=charset + "b"))


def test_what_looks_like_a_range_in_a_charset_is_told():
    told = warnings_of(charset="2-8")
    assert told[0] == (
        "charset lists single characters, so '2-8' in it stands for '2', '-', '8'. The pattern "
        "'[2-8]+' has a range."
    )
    assert told[1].startswith("The model does not know '-' of charset")


def test_classes_of_a_pattern_without_a_known_character_are_named():
    assert warnings_of(pattern=r"\d{5}|q\d[hij]{2}|b[hij]") == (
        "The model knows no character of 'q', '[hij]' in pattern, so it cannot read texts with "
        "one. It knows '2345678bcdefgmnpwxy'.",
    )
