from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware.allowlist import QUIET, ROUTES, Surface, find_route
from tests.demo.asgi import ask, ok

APP = Surface(ok)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/", "page"),
        ("HEAD", "/", "page"),
        ("GET", "/assets/index-a.js", "assets"),
        ("POST", "/gradio_api/upload", "upload"),
        ("GET", "/gradio_api/upload_progress", "progress"),
        ("POST", "/gradio_api/queue/join", "ask"),
        ("GET", "/gradio_api/queue/data", "answer"),
        ("POST", "/gradio_api/call/read_many", "ask"),
        ("POST", "/gradio_api/call/v2/read", "ask"),
        ("POST", "/gradio_api/run/predict", "ask"),
        ("GET", "/gradio_api/call/read/0f", "answer"),
        ("GET", "/gradio_api/heartbeat/0f", "open_page"),
        ("GET", "/gradio_api/file=/tmp/x/ä%0Ab.png", "file"),
        ("GET", "/gradio_api/file=C:\\x.png", "file"),
        ("POST", "/api/read", "read"),
        ("POST", "/api/read_many", "read_many"),
        ("POST", "/mcp", "tools"),
        ("GET", "/healthz", "health"),
        ("GET", "/metrics", "metrics"),
        ("OPTIONS", "/gradio_api/call/read", "ask"),
    ],
)
def test_what_is_used_is_there(method, path, name):
    assert find_route(unquote(path)).name == name
    assert ask(APP, path, method).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://127.0.0.1/",
        "/gradio_api/file=http://127.0.0.1/",
        "/gradio_api/file=https://example.org/x.png",
        "/gradio_api/file=//example.org/x.png",
        "/gradio_api/file/x",
        "/gradio_api/component_server",
        "/gradio_api/process_recording",
        "/gradio_api/deep_link",
        "/gradio_api/dev/reload",
        "/gradio_api/custom_component/a/client/b/c.js",
        "/gradio_api/runs",
        "/gradio_api/run-history/connect",
        "/gradio_api/run/read",
        "/gradio_api/api/read",
        "/gradio_api/stream/a/1/2/playlist.m3u8",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/vibe-edit",
        "/gradio_api/vibe-code",
        "/gradio_api/profiling/traces",
        "/monitoring",
        "/monitoring/summary",
        "/login",
        "/logout",
        "/pwa_icon",
        "/redoc",
        "/api",
        "/healthz/x",
        "/Healthz",
        "//",
        "/.env",
    ],
)
def test_what_nobody_needs_is_not_there(path):
    for method in ("GET", "POST"):
        answer = ask(APP, f"http://test{path}", method)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def test_other_methods_are_refused_with_those_that_there_are():
    for path, method, allowed in (
        ("/api/read", "GET", "POST"),
        ("/", "POST", "GET, HEAD"),
        ("/healthz", "DELETE", "GET, HEAD"),
        ("/gradio_api/upload", "GET", "POST"),
    ):
        answer = ask(APP, path, method)
        assert answer.status_code == 405
        assert "METHOD_NOT_ALLOWED" in answer.text
        assert answer.headers["Allow"] == allowed


@given(st.text(max_size=40))
def test_a_path_is_of_one_route_at_most(path):
    names = {route.name for route in ROUTES}
    assert len(names) == len(ROUTES)
    found = find_route("/" + path)
    assert found is None or found.name in names


def test_quiet_routes_are_routes():
    assert set(QUIET) <= {route.name for route in ROUTES}
