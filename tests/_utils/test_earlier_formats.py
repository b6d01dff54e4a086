import pytest

from captcha_model._utils.earlier_formats import completed

ADDED = ((2, "size", 3), (3, "inner.kind", "plain"), (3, "more", None))


def test_a_format_gets_the_keys_that_it_lacked():
    settings = {"name": "a", "inner": {"depth": 1}}
    complete = {"name": "a", "inner": {"depth": 1, "kind": "plain"}, "more": None}
    assert completed(settings, 2, ADDED) == complete
    assert completed(settings, 1, ADDED) == {**complete, "size": 3}
    assert completed(settings, 3, ADDED) == settings
    assert settings == {"name": "a", "inner": {"depth": 1}}


def test_an_object_that_is_none_is_left_alone():
    assert completed({"inner": None}, 2, ADDED) == {"inner": None, "more": None}


@pytest.mark.parametrize(
    ("settings", "path"), [({"more": 1}, "'more'"), ({"inner": {"kind": "x"}}, r"'inner\.kind'")]
)
def test_a_key_that_a_format_has_not_is_refused(settings, path):
    with pytest.raises(ValueError, match=f"Format 2 has no key {path}"):
        completed(settings, 2, ADDED)
