"""Every code of every error is registered with its class, with a sentence, and is raised."""

import ast
import pickle
from collections.abc import Iterator

import pytest

import captcha_model._utils.worker_pool
import captcha_model.bulk.errors  # noqa: F401 - It has error codes.
import demo.serving.batcher
import demo.serving.settings
from captcha_model import errors
from captcha_model._utils.error_codes import all_codes
from captcha_model.errors import CaptchaError, HubError, ImageError, TrainingError
from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("collected")

OWN = {kind.__name__: kind for kind in {found.error for found in all_codes()}}
SOURCES = [p for folder in ("captcha_model", "demo") for p in (ROOT / folder).rglob("*.py")]


def raised_codes() -> Iterator[tuple[str, str, str]]:
    """Yield the place, the class and the code of every `SomeError(..., code="SOME_CODE")`."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = node.func.id
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield f"{path}:{node.lineno}", name, str(keyword.value.value)


def test_every_code_that_is_raised_is_one_of_its_class():
    found = list(raised_codes())
    assert len(found) > 60
    for place, name, code in found:
        if name in OWN:
            assert code in OWN[name].codes, place


def test_every_code_is_used():
    text = "\n".join(p.read_text(encoding="utf-8") for p in SOURCES if p.name != "errors.py")
    for found in all_codes():
        assert found.code == found.error.code or f'"{found.code}"' in text, found


def test_every_code_has_a_sentence_and_every_class_a_default():
    for found in all_codes():
        assert found.code.isupper()
        assert found.meaning[0].isupper()
        assert found.meaning.endswith(".")
        assert found.error("what went wrong", **extra(found.error)).code in found.error.codes
        assert next(iter(found.error.codes)) == found.error.code


def extra(kind: type[CaptchaError]) -> dict[str, object]:
    return {"fitted": None} if kind is errors.DivergedError else {}


def test_no_two_meanings_of_a_code_of_one_family():
    meanings: dict[str, set[str]] = {}
    for found in all_codes():
        meanings.setdefault(found.code, set()).add(found.meaning)
    several = {code for code, texts in meanings.items() if len(texts) > 1}
    # A model and an export each have a destination.
    assert several <= {"DESTINATION_NOT_EMPTY"}


def test_a_code_of_another_class_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="ImageError has no code 'HUB_FAILED'"):
        ImageError("no", code="HUB_FAILED")


def test_an_error_survives_pickling():
    for error in (ImageError("a", code="IMAGE_EMPTY"), HubError("b")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.code) == (type(error), str(error), error.code)


def test_the_demo_registers_its_codes_too():
    own = {found.code for found in all_codes() if found.error.__module__.startswith("demo.")}
    assert {"SETTING_INVALID", "REQUEST_TIMEOUT", "SERVER_BUSY"} <= own
    assert demo.serving.settings.SettingError("x").code == "SETTING_INVALID"
    assert issubclass(errors.DivergedError, TrainingError)
