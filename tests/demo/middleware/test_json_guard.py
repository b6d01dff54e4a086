import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.middleware.json_guard import (
    MAX_DEPTH,
    MAX_PARTS,
    BadJsonError,
    JsonGuard,
    check,
    is_upload,
)
from tests.conftest import EXAMPLES
from tests.demo.asgi import ask, ok

ASK = "/gradio_api/call/read"
META = {"_type": "gradio.FileData"}


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "uploads"
    (folder / "0123").mkdir(parents=True)
    (folder / "0123" / "a.png").write_bytes(b"x")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


def refused(value) -> bool:
    try:
        check(json.dumps(value).encode(), files=True)
    except BadJsonError:
        return True
    return False


def file(path=None, url=None):
    return {"data": [{"path": path, "url": url, "meta": META}]}


def test_an_upload_and_a_data_url_pass(uploads):
    upload = str(uploads / "0123" / "a.png")
    assert not refused(file(upload))
    assert not refused(file(upload, f"http://localhost:7860/gradio_api/file={upload}"))
    assert not refused(file(url="data:image/png;base64,AA=="))
    assert not refused({"data": [[{"path": upload}, {"path": upload}]]})
    assert not refused({"data": [None, "text", 5, True], "session_hash": "x"})


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
def test_what_was_not_uploaded_is_refused(uploads, path):
    if isinstance(path, str):
        path = path.replace("UPLOADS", str(uploads))
    assert refused(file(path))
    assert refused({"data": [[file(path)]]})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "//x", 5]
)
def test_addresses_are_refused(url):
    assert refused(file(url=url))
    assert refused(file(path="", url=url))


def test_a_link_out_of_the_folder_is_refused(uploads):
    (uploads / "out").symlink_to("/etc")
    assert not is_upload(str(uploads / "out" / "passwd"))


def nested(depth: int) -> bytes:
    return b'{"data":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1_000, MAX_PARTS - 1])
@pytest.mark.parametrize("path", [ASK, "/gradio_api/queue/join", "/mcp"])
def test_json_that_is_too_deep_is_refused(path, depth):
    answer = ask(JsonGuard(ok), path, "POST", content=nested(depth))
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")
    assert "too deeply" in answer.json()["message"]


@pytest.mark.parametrize("part", ["[]", "{}", "1", '"",""'])
def test_json_of_many_small_parts_is_refused_unparsed(part, monkeypatch):
    body = '{"data": [' + ",".join([part] * MAX_PARTS) + "]}"
    with monkeypatch.context() as patch:
        patch.setattr("demo.middleware.json_guard.json", None)
        answer = ask(JsonGuard(ok), ASK, "POST", content=body.encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")


def test_a_long_text_is_one_part():
    body = json.dumps({"data": [{"url": "data:image/png;base64," + "A" * 10**6}] * 20})
    assert ask(JsonGuard(ok), ASK, "POST", content=body.encode()).status_code == 200


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"nonsense", b'{"a": 1}x'])
def test_what_is_no_json_is_refused(body):
    answer = ask(JsonGuard(ok), ASK, "POST", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")


def test_a_path_in_a_request_for_the_tools_is_no_file():
    assert ask(JsonGuard(ok), "/mcp", "POST", content=b'{"path": "/x"}').status_code == 200


def test_uploads_and_other_methods_are_not_looked_at():
    assert ask(JsonGuard(ok), "/gradio_api/upload", "POST", content=b"{").status_code == 200
    assert ask(JsonGuard(ok), "/api/read", "POST", content=b"{").status_code == 200
    assert ask(JsonGuard(ok), ASK, "GET").status_code == 200


leaves = st.none() | st.booleans() | st.floats(allow_nan=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(values)
def test_other_json_arrives_as_it_was_sent(value):
    if refused(value):
        return
    body = json.dumps(value).encode()
    got = []

    async def keeping(scope, receive, send):
        message = await receive()
        got.append(message["body"])
        assert not message["more_body"]
        await ok(scope, _again(message), send)

    assert ask(JsonGuard(keeping), ASK, "POST", content=body).status_code == 200
    assert got == [body]


def _again(message):
    async def receive():
        return message

    return receive


@given(st.text(max_size=60))
def test_no_text_is_an_upload_unless_it_lies_in_the_folder(text):
    assert not is_upload("/" + text.lstrip("/")) or "uploads" in str(Path("/" + text).resolve())
