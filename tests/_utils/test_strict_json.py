import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model._utils import strict_json
from captcha_model.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    name: str


@dataclass(frozen=True)
class Outer:
    count: int
    share: float | None
    pair: tuple[int, int]
    inner: Inner | None
    many: tuple[Inner, ...]
    named: Mapping[str, str]


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
PLAIN = asdict(Outer(1, 0.5, (2, 3), Inner("a"), (Inner("b"),), {"c": "d"}))


@given(outers)
def test_a_record_comes_back_as_it_went(record):
    assert strict_json.from_json(Outer, strict_json.to_json(record)) == record


def test_an_earlier_format_is_made_todays_before_it_is_checked():
    def upgraded(values):
        return {**values, "count": values["count"] + 1, "pair": [4, 5]}

    earlier = {key: value for key, value in PLAIN.items() if key != "pair"}
    record = strict_json.from_json(Outer, json.dumps(earlier), upgraded)
    assert (record.count, record.pair) == (2, (4, 5))
    with pytest.raises(ConfigError, match="keys"):
        strict_json.from_json(Outer, json.dumps(earlier))
    with pytest.raises(ConfigError, match="it is not JSON"):
        strict_json.from_json(Outer, "{", upgraded)
    with pytest.raises(ConfigError, match="count"):
        strict_json.from_json(Outer, json.dumps(earlier), lambda v: {**PLAIN, "count": "many"})


def test_a_whole_number_is_a_share_too():
    assert strict_json.from_json(Outer, json.dumps({**PLAIN, "share": 1})).share == 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"count": 1.0},
        {"count": True},
        {"count": None},
        {"count": 10**15 + 1},
        {"share": "0.5"},
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
def test_what_does_not_fit_its_type_is_refused(change):
    with pytest.raises(ConfigError):
        strict_json.from_json(Outer, json.dumps({**PLAIN, **change}))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"count": 1}'])
def test_what_is_no_record_is_refused(text):
    with pytest.raises(ConfigError):
        strict_json.from_json(Outer, text)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_json_is_a_record_or_refused(value):
    for document in (value, {**PLAIN, "many": value}, {**PLAIN, "pair": value}):
        try:
            strict_json.from_json(Outer, json.dumps(document))
        except ConfigError as error:
            assert str(error)
