import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware import json_guard
from demo.middleware.json_guard import (
    MAX_DEPTH,
    JsonGuard,
    JsonRejectedError,
    check_json,
    is_upload,
)
from tests.conftest import EXAMPLES
from tests.demo.asgi import ok, send_request

CALL = "/gradio_api/call/read"
META = {"_type": "gradio.FileData"}


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "uploads"
    (folder / "0123").mkdir(parents=True)
    (folder / "0123" / "a.png").write_bytes(b"x")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


def is_rejected(value) -> bool:
    try:
        check_json(json.dumps(value).encode(), has_files=True)
    except JsonRejectedError:
        return True
    return False


def file(path=None, url=None):
    return {"data": [{"path": path, "url": url, "meta": META}]}


def test_an_upload_and_a_data_url_pass(uploads):
    upload = str(uploads / "0123" / "a.png")
    assert not is_rejected(file(upload))
    assert not is_rejected(file(upload, f"http://localhost:7860/gradio_api/file={upload}"))
    assert not is_rejected(file(url="data:image/png;base64,AA=="))
    assert not is_rejected({"data": [[{"path": upload}, {"path": upload}]]})
    assert not is_rejected({"data": [None, "text", 5, True], "session_hash": "x"})


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        str(EXAMPLES / "1.png"),
        "demo/examples/1.png",
        "http://127.0.0.1:7860/x.png",
        "http://169.254.169.254/latest/meta-data",
        "https://example.org/x.png",
        "file:///etc/passwd",
        "UPLOADS/../../x.png",
        "UPLOADS2/x.png",
        "a\0b",
        5,
        ["/etc/passwd"],
        {"path": "/etc/passwd"},
    ],
)
def test_other_paths_than_uploads_are_rejected(uploads, path):
    if isinstance(path, str):
        path = path.replace("UPLOADS", str(uploads))
    assert is_rejected(file(path))
    assert is_rejected({"data": [[file(path)]]})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "//x", 5]
)
def test_urls_are_rejected(url):
    assert is_rejected(file(url=url))
    assert is_rejected(file(path="", url=url))


def test_a_link_out_of_the_folder_is_no_upload(uploads):
    (uploads / "out").symlink_to("/etc")
    assert not is_upload(str(uploads / "out" / "passwd"))


def nested(depth: int) -> bytes:
    return b'{"data":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("path", [CALL, "/gradio_api/queue/join", "/mcp"])
def test_json_that_is_too_deep_is_rejected(path):
    # The object itself is a level, too.
    allowed = send_request(JsonGuard(ok), path, "POST", content=nested(MAX_DEPTH - 1))
    assert allowed.status_code == 200
    response = send_request(JsonGuard(ok), path, "POST", content=nested(MAX_DEPTH))
    assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")
    assert "too deeply" in response.json()["message"]


def test_json_that_the_parser_finds_too_deep_is_rejected(monkeypatch):
    def fail(text):
        raise RecursionError

    with monkeypatch.context() as patch:
        patch.setattr("demo.middleware.json_guard.json.loads", fail)
        with pytest.raises(JsonRejectedError, match="too deeply"):
            check_json(b"[]", has_files=True)


@pytest.mark.parametrize("value", ["[]", "{}", "1", '"",""'])
def test_json_of_too_many_values_is_rejected_before_it_is_parsed(value, monkeypatch):
    body = '{"data": [' + ",".join([value] * 10) + "]}"
    assert send_request(JsonGuard(ok), CALL, "POST", content=body.encode()).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(json_guard, "MAX_VALUES", 10)
        patch.setattr(json_guard, "json", None)
        response = send_request(JsonGuard(ok), CALL, "POST", content=body.encode())
    assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")


def test_a_long_string_is_one_value():
    body = json.dumps({"data": [{"url": "data:image/png;base64," + "A" * 10**6}] * 20})
    assert send_request(JsonGuard(ok), CALL, "POST", content=body.encode()).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nonsense", b'{"a": 1}x'])
def test_invalid_json_is_rejected(body):
    response = send_request(JsonGuard(ok), CALL, "POST", content=body)
    assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")


def test_a_path_in_an_mcp_request_is_no_file():
    assert send_request(JsonGuard(ok), "/mcp", "POST", content=b'{"path": "/x"}').status_code == 200


def test_uploads_and_other_routes_and_methods_are_not_checked():
    assert (
        send_request(JsonGuard(ok), "/gradio_api/upload", "POST", content=b"{").status_code == 200
    )
    assert send_request(JsonGuard(ok), "/api/read", "POST", content=b"{").status_code == 200
    assert send_request(JsonGuard(ok), CALL, "GET").status_code == 200


leaves = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@pytest.mark.slow
@given(values)
def test_valid_json_is_passed_on_unchanged(value):
    if is_rejected(value):
        return
    body = json.dumps(value).encode()
    received = []

    async def recording(scope, receive, send):
        message = await receive()
        received.append(message["body"])
        assert not message["more_body"]
        await ok(scope, _again(message), send)

    assert send_request(JsonGuard(recording), CALL, "POST", content=body).status_code == 200
    assert received == [body]


def _again(message):
    async def receive():
        return message

    return receive


@given(st.text(max_size=60))
def test_only_paths_in_the_folder_are_uploads(text):
    assert not is_upload("/" + text.lstrip("/")) or "uploads" in str(Path("/" + text).resolve())
