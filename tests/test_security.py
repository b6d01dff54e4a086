"""SECURITY.md names tests and settings that there are."""

import re

from demo.serving.settings import Settings
from tests.conftest import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PAGE = TEXT[TEXT.index("## The page in public") :]


def test_every_setting_is_named_and_there_are_no_others():
    source = (ROOT / "demo" / "settings.py").read_text(encoding="utf-8")
    known = set(re.findall(r"\bCAPTCHA_\w+", source))
    rows = re.findall(r"^\| `(CAPTCHA_\w+)` \|", PAGE, re.MULTILINE)
    assert set(rows) == set(re.findall(r"\bCAPTCHA_\w+", PAGE)) == known
    assert len(rows) == len(set(rows)) == len(Settings.__dataclass_fields__)


def test_every_promise_names_tests_that_there_are():
    rows = re.findall(r"^\| ([A-Z][^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert len(rows) >= 30
    tests = ROOT / "tests"
    for promise, named in rows:
        names = re.findall(r"`([\w/]+)`", named)
        assert names, promise
        for name in names:
            places = (tests / name, tests / f"{name}.py", tests / "demo" / f"{name}.py")
            assert any(place.exists() for place in places), name
