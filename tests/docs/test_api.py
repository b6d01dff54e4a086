"""The page about Python names: all public ones are on it."""

import inspect
import re

import pytest

import captcha_model
from tests.docs.pages import read

pytestmark = pytest.mark.slow


def test_every_public_name_is_documented():
    identifiers = re.findall(r"^::: ([\w.]+)$", read("docs/api.md"), re.MULTILINE)
    for name in set(captcha_model.__all__) - {"__version__"}:
        found = getattr(captcha_model, name)
        if not inspect.isclass(found) and not inspect.isroutine(found):
            continue  # A number, or an alias of types.
        home = f"{found.__module__}.{found.__qualname__}"
        assert home in identifiers or found.__module__ == "captcha_model.errors", home
