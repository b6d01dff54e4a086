import base64
import hashlib

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from demo.middleware.security_headers import SecurityHeaders, inline_hashes
from demo.serving.settings import FRAMED_BY
from tests.demo.asgi import ask

PAGE = (
    "<script>window.a = 1;</script><script data-x>b()</script>"
    '<script type="module" crossorigin src="./a.js"></script><p>text</p><SCRIPT>\nc\n</SCRIPT >'
)


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def app_with(answer) -> SecurityHeaders:
    return SecurityHeaders(answer, FRAMED_BY)


def policy(answer) -> dict[str, str]:
    rules = answer.headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


def test_the_scripts_of_a_page_are_named_one_by_one():
    answer = ask(app_with(HTMLResponse(PAGE)))
    assert answer.text == PAGE
    own = " ".join(hash_of(script) for script in ("window.a = 1;", "b()", "\nc\n"))
    assert policy(answer)["script-src"] == f"'self' {own} 'unsafe-eval'"


def test_no_script_may_come_from_elsewhere_or_stand_anywhere():
    rules = policy(ask(app_with(PlainTextResponse("x")), "/api/read"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert (rules["base-uri"], rules["form-action"]) == ("'self'", "'none'")
    assert "unsafe-eval" not in str(rules)
    assert "'unsafe-inline'" not in policy(ask(app_with(PlainTextResponse("x"))))["script-src"]


def test_a_space_and_the_page_itself_may_show_it_in_a_frame():
    rules = policy(ask(app_with(PlainTextResponse("x"))))
    assert rules["frame-ancestors"] == "'self' https://huggingface.co https://*.huggingface.co"
    answer = ask(SecurityHeaders(PlainTextResponse("x"), "https://example.org"))
    assert policy(answer)["frame-ancestors"] == "https://example.org"


@pytest.mark.parametrize("path", ["/", "/docs", "/assets/a.js", "/api/read", "/healthz"])
def test_every_answer_has_the_headers(path):
    headers = ask(app_with(PlainTextResponse("x")), path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "X-Frame-Options" not in headers


def test_only_the_description_may_load_scripts_from_outside():
    for path, outside in (("/docs", True), ("/", False), ("/openapi.json", False)):
        sources = policy(ask(app_with(PlainTextResponse("x")), path))["script-src"]
        assert ("https://cdn.jsdelivr.net" in sources) is outside


def test_a_page_is_asked_for_uncompressed_and_other_files_are_not():
    asked = {}

    async def noting(scope, receive, send):
        asked[scope["path"]] = dict(scope["headers"]).get(b"accept-encoding")
        await PlainTextResponse("x")(scope, receive, send)

    for path in ("/", "/assets/a.js"):
        ask(app_with(noting), path, headers={"Accept-Encoding": "br"})
    assert asked == {"/": None, "/assets/a.js": b"br"}


def test_a_page_without_scripts_has_no_hashes():
    assert inline_hashes(b"<p></p><script src='x'></script>") == []
