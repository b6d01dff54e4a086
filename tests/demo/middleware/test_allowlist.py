from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware.allowlist import ROUTES, UNLOGGED, Allowlist, find_route
from tests.demo.asgi import ok, send_request

APP = Allowlist(ok)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/", "page"),
        ("HEAD", "/", "page"),
        ("GET", "/assets/index-a.js", "assets"),
        ("POST", "/gradio_api/upload", "upload"),
        ("GET", "/gradio_api/upload_progress", "progress"),
        ("POST", "/gradio_api/queue/join", "call"),
        ("GET", "/gradio_api/queue/data", "result"),
        ("POST", "/gradio_api/call/read_many", "call"),
        ("POST", "/gradio_api/call/v2/read", "call"),
        ("POST", "/page/rows", "page_read"),
        ("GET", "/gradio_api/call/read/0f", "result"),
        ("GET", "/gradio_api/heartbeat/0f", "heartbeat"),
        ("GET", "/gradio_api/file=/tmp/x/ä%0Ab.png", "file"),
        ("GET", "/gradio_api/file=C:\\x.png", "file"),
        ("POST", "/api/read", "read"),
        ("POST", "/api/read_many", "read_many"),
        ("POST", "/mcp", "mcp"),
        ("GET", "/healthz", "health"),
        ("GET", "/metrics", "metrics"),
        ("OPTIONS", "/gradio_api/call/read", "call"),
    ],
)
def test_needed_paths_are_allowed(method, path, name):
    assert find_route(unquote(path)).name == name
    assert send_request(APP, path, method).status_code == 200


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
def test_other_paths_are_not_found(path):
    for method in ("GET", "POST"):
        response = send_request(APP, f"http://test{path}", method)
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_other_methods_are_rejected_with_the_allowed_ones():
    for path, method, allowed in (
        ("/api/read", "GET", "POST"),
        ("/", "POST", "GET, HEAD"),
        ("/healthz", "DELETE", "GET, HEAD"),
        ("/gradio_api/upload", "GET", "POST"),
    ):
        response = send_request(APP, path, method)
        assert response.status_code == 405
        assert "METHOD_NOT_ALLOWED" in response.text
        assert response.headers["Allow"] == allowed


@given(st.text(max_size=40))
def test_a_path_has_at_most_one_route(path):
    names = {route.name for route in ROUTES}
    assert len(names) == len(ROUTES)
    found = find_route("/" + path)
    assert found is None or found.name in names


def test_unlogged_routes_are_routes():
    assert set(UNLOGGED) <= {route.name for route in ROUTES}
