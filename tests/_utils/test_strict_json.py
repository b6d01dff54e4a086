import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model._utils.strict_json import Key, Record
from captcha_model._utils.type_checks import Range, Text
from captcha_model.errors import ConfigError, TrainingError


@dataclass(frozen=True)
class Inner:
    name: str


@dataclass(frozen=True)
class Outer(Record):
    count: int
    share: float | None
    pair: tuple[int, int]
    inner: Inner | None
    many: tuple[Inner, ...]
    named: Mapping[str, str]


@dataclass(frozen=True)
class Bounded(Record, error=TrainingError, code="TRAINING_FAILED"):
    whole: Annotated[int, Range(1, 8)] = 1
    rate: Annotated[float, Range(0, 1, above=True, below=True)] | None = None
    either: Annotated[int | float, Range(0, 9)] = 0
    kind: Literal["a", "b"] = "a"
    on: Annotated[bool, Key("enabled")] = False
    code: Annotated[str, Text(1, 4, pattern="[a-z]+")] = "x"


texts = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
inners = st.builds(Inner, texts)
outers = st.builds(
    Outer,
    count=st.integers(-(10**15), 10**15),
    share=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    pair=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    inner=st.none() | inners,
    many=st.lists(inners, max_size=3).map(tuple),
    named=st.dictionaries(texts, texts, max_size=3),
)
PLAIN = Outer(1, 0.5, (2, 3), Inner("a"), (Inner("b"),), {"c": "d"}).to_dict()


@given(outers)
def test_a_record_survives_the_round_trip(record):
    assert Outer.from_json(record.to_json()) == record


def test_its_json_has_the_keys_of_the_fields_in_their_order():
    assert list(PLAIN) == ["count", "share", "pair", "inner", "many", "named"]
    assert PLAIN["many"] == [{"name": "b"}]
    assert list(Bounded().to_dict()) == ["whole", "rate", "either", "kind", "enabled", "code"]
    assert Bounded.from_dict({**Bounded().to_dict(), "enabled": True}).on is True


def test_a_whole_number_is_a_float_too():
    share = Outer.from_json(json.dumps({**PLAIN, "share": 1})).share
    assert (share, type(share)) == (1.0, float)


def test_a_whole_number_stays_one_where_it_may_be_either():
    for number in (3, 3.5):
        either = Bounded.from_dict({**Bounded().to_dict(), "either": number}).either
        assert (either, type(either)) == (number, type(number))


def test_keys_may_be_missing_only_if_the_caller_says_so():
    assert Bounded.from_dict({"whole": 3}, partial=True) == Bounded(3)
    with pytest.raises(TrainingError, match=r"missing keys \['code'"):
        Bounded.from_dict({"whole": 3})
    with pytest.raises(TrainingError, match=r"unknown keys \['more'\]"):
        Bounded.from_dict({"more": 3}, partial=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"whole": 0}, "whole must be a whole number from 1 to 8. Received: 0"),
        ({"whole": True}, "whole must be a whole number from 1 to 8."),
        ({"rate": 0}, "rate must be a number above 0 and below 1 or null. Received: 0"),
        ({"rate": 1.0}, "rate must be"),
        (
            {"either": 9.5},
            "either must be a whole number from 0 to 9 or a number from 0 to 9. Received: 9.5",
        ),
        ({"either": -1}, "either must be"),
        ({"kind": "c"}, "kind must be one of 'a', 'b'. Received: 'c'"),
        ({"kind": ["a"]}, "kind must be one of 'a', 'b'. Received: a list"),
        ({"on": 1}, "enabled must be true or false. Received: 1"),
        ({"code": ""}, "code must be a text of 1 to 4 printable characters that match '[a-z]+'."),
        ({"code": "abcde"}, "code must be"),
        ({"code": "A"}, "code must be"),
    ],
)
def test_bounds_hold_for_python_and_for_json(change, message):
    with pytest.raises(TrainingError) as caught:
        Bounded(**change)
    assert str(caught.value).startswith(message)
    key = {"on": "enabled"}
    changed = {key.get(name, name): value for name, value in change.items()}
    with pytest.raises(TrainingError):
        Bounded.from_dict({**Bounded().to_dict(), **changed})


@pytest.mark.parametrize(
    "change",
    [
        {"count": 1.0},
        {"count": True},
        {"count": None},
        {"count": 10**15 + 1},
        {"share": "0.5"},
        {"share": 10**400},
        {"share": float("nan")},
        {"share": float("inf")},
        {"pair": [1]},
        {"pair": [1, "2"]},
        {"pair": {"0": 1, "1": 2}},
        {"inner": {}},
        {"inner": {"name": "a", "more": 1}},
        {"inner": {"name": "two\nlines"}},
        {"inner": {"name": "a" * 1001}},
        {"many": [{"name": 1}]},
        {"many": [{"name": "a"}] * 1001},
        {"named": {"a": 1}},
        {"named": []},
        {"unknown": 1},
    ],
)
def test_a_value_that_does_not_fit_its_type_is_an_error(change):
    with pytest.raises(ConfigError):
        Outer.from_json(json.dumps({**PLAIN, **change}))


def test_an_error_names_the_innermost_place():
    for change, place in (
        ({"pair": (1, "2")}, r"pair\[1\] must be a whole number"),
        ({"many": (Inner(1),)}, "many.name must be a text"),
        ({"named": {"a": 1}}, r"named\['a'\] must be a text"),
        ({"inner": {"name": "a"}}, "inner must be a Inner or null. Received: a dict"),
    ):
        with pytest.raises(ConfigError, match=place):
            Outer(**{**vars(Outer.from_dict(PLAIN)), **change})


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 2000, '{"count": 1}'])
def test_a_text_that_is_no_record_is_an_error(text):
    with pytest.raises(ConfigError):
        Outer.from_json(text)


@pytest.mark.slow
@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_json_gives_a_record_or_the_typed_error(value):
    for document in (value, {**PLAIN, "many": value}, {**PLAIN, "pair": value}):
        try:
            Outer.from_json(json.dumps(document))
        except ConfigError as error:
            assert str(error)
