import base64
import hashlib

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from demo.middleware.security_headers import SecurityHeaders, inline_hashes
from demo.serving.settings import FRAME_ANCESTORS
from tests.demo.asgi import send_request

PAGE = (
    "<script>window.a = 1;</script><script data-x>b()</script>"
    '<script type="module" crossorigin src="./a.js"></script><p>text</p><SCRIPT>\nc\n</SCRIPT >'
)


def hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def app_with(response) -> SecurityHeaders:
    return SecurityHeaders(response, FRAME_ANCESTORS)


def policy(response) -> dict[str, str]:
    rules = response.headers["Content-Security-Policy"].split("; ")
    return dict(rule.split(" ", 1) for rule in rules)


def test_the_policy_lists_the_hash_of_every_inline_script():
    response = send_request(app_with(HTMLResponse(PAGE)))
    assert response.text == PAGE
    own = " ".join(hash_of(script) for script in ("window.a = 1;", "b()", "\nc\n"))
    assert policy(response)["script-src"] == f"'self' {own} 'unsafe-eval'"


def test_scripts_from_other_origins_and_inline_scripts_are_forbidden():
    rules = policy(send_request(app_with(PlainTextResponse("x")), "/api/read"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self'"
    assert (rules["base-uri"], rules["form-action"]) == ("'self'", "'none'")
    assert "unsafe-eval" not in str(rules)
    assert (
        "'unsafe-inline'"
        not in policy(send_request(app_with(PlainTextResponse("x"))))["script-src"]
    )


def test_the_hub_and_the_page_itself_may_show_it_in_a_frame():
    rules = policy(send_request(app_with(PlainTextResponse("x"))))
    assert rules["frame-ancestors"] == "'self' https://huggingface.co https://*.huggingface.co"
    response = send_request(SecurityHeaders(PlainTextResponse("x"), "https://example.org"))
    assert policy(response)["frame-ancestors"] == "https://example.org"


@pytest.mark.parametrize("path", ["/", "/docs", "/assets/a.js", "/api/read", "/healthz"])
def test_every_response_has_the_headers(path):
    headers = send_request(app_with(PlainTextResponse("x")), path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "X-Frame-Options" not in headers


def test_only_the_docs_may_load_scripts_from_other_origins():
    for path, outside in (("/docs", True), ("/", False), ("/openapi.json", False)):
        sources = policy(send_request(app_with(PlainTextResponse("x")), path))["script-src"]
        assert ("https://cdn.jsdelivr.net" in sources) is outside


def test_pages_are_requested_uncompressed_and_other_files_are_not():
    encodings = {}

    async def recording(scope, receive, send):
        encodings[scope["path"]] = dict(scope["headers"]).get(b"accept-encoding")
        await PlainTextResponse("x")(scope, receive, send)

    for path in ("/", "/assets/a.js"):
        send_request(app_with(recording), path, headers={"Accept-Encoding": "br"})
    assert encodings == {"/": None, "/assets/a.js": b"br"}


def test_a_page_without_scripts_has_no_hashes():
    assert inline_hashes(b"<p></p><script src='x'></script>") == []
