"""SECURITY.md names existing tests, and exactly the settings of the server."""

import re

from demo.serving.settings import Settings
from tests.conftest import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SERVER = TEXT[TEXT.index("## Public server") :]


def test_the_settings_are_complete():
    source = (ROOT / "demo" / "serving" / "settings.py").read_text(encoding="utf-8")
    known = set(re.findall(r"\b(?:CAPTCHA|GRADIO)_[A-Z_]+", source))
    rows = re.findall(r"^\| `((?:CAPTCHA|GRADIO)_\w+)` \|", SERVER, re.MULTILINE)
    assert set(rows) == set(re.findall(r"\b(?:CAPTCHA|GRADIO)_[A-Z_]+", SERVER)) == known
    assert len(rows) == len(set(rows)) == len(Settings.__dataclass_fields__)


def test_every_promise_names_existing_tests():
    rows = re.findall(r"^\| ([A-Z][^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert len(rows) >= 30
    for promise, tests in rows:
        names = re.findall(r"`([\w/]+)`", tests)
        assert names, promise
        for name in names:
            path = ROOT / "tests" / name
            assert path.is_dir() if name.endswith("/") else path.with_suffix(".py").is_file(), name
