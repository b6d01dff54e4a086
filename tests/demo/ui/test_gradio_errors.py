"""Every error of Gradio's own routes has a stable code and a message, and ends."""

import json

import pytest
from fastapi.testclient import TestClient

from demo.middleware.temp_files import temp_folder
from demo.serving.server import create_site
from demo.ui.gradio_errors import GradioErrors
from tests.conftest import EXAMPLES
from tests.demo.asgi import send_request

ONE = EXAMPLES / "1.png"


@pytest.fixture(scope="module")
def client(model):
    with (
        temp_folder() as temp_files,
        TestClient(create_site(model, temp_files).app, raise_server_exceptions=False) as client,
    ):
        yield client


def call(client: TestClient, name: str, data: list) -> str:
    """Call an endpoint and return what its stream says."""
    event = client.post(f"/gradio_api/call/{name}", json={"data": data}).json()["event_id"]
    return client.get(f"/gradio_api/call/{name}/{event}").text


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("call/nope", {"data": []}, 404, "ENDPOINT_UNKNOWN"),
        ("call/v2/nope", {}, 404, "ENDPOINT_UNKNOWN"),
        ("queue/join", {"data": [], "fn_index": 99, "session_hash": "a"}, 404, "ENDPOINT_UNKNOWN"),
        ("queue/join", {"data": [], "fn_index": -1, "session_hash": "a"}, 404, "ENDPOINT_UNKNOWN"),
        ("run/predict", {"data": [None], "fn_index": 0}, 404, "NOT_FOUND"),
        ("call/read", {}, 400, "REQUEST_INVALID"),
        ("call/read", {"data": "x"}, 400, "REQUEST_INVALID"),
        ("call/v2/read", {"nope": 1}, 400, "REQUEST_INVALID"),
        ("call/v2/read", {}, 400, "REQUEST_INVALID"),
        ("call/v2/read", [1], 400, "REQUEST_INVALID"),
        ("queue/join", {"data": [], "session_hash": "a"}, 400, "REQUEST_INVALID"),
        ("queue/join", {"data": [], "fn_index": 0}, 400, "REQUEST_INVALID"),
        ("cancel", {}, 400, "REQUEST_INVALID"),
    ],
)
def test_a_request_that_fails_has_a_code(client, path, body, status, code):
    response = client.post(f"/gradio_api/{path}", json=body)
    answer = response.json()
    assert (response.status_code, answer["code"]) == (status, code)
    # Gradio's clients show `detail`.
    assert answer["message"].endswith(".")
    assert answer["detail"] == answer["message"]


@pytest.mark.parametrize(
    "path", ["/assets/nope.js", "/static/nope", "/gradio_api/file=/etc/passwd", "/svelte//etc/x"]
)
def test_a_file_that_is_not_there_has_a_code(client, path):
    response = client.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")


def test_an_upload_that_is_none_has_a_code(client):
    response = client.post("/gradio_api/upload", json={})
    assert response.status_code == 400
    assert response.text == "Send the files as multipart/form-data. (REQUEST_INVALID)"


@pytest.mark.parametrize("path", ["call/read/unknown", "call/v2/read/unknown", "call/nope/x"])
def test_an_unknown_event_is_not_found(client, path):
    response = client.get(f"/gradio_api/{path}")
    assert (response.status_code, response.json()["code"]) == (404, "EVENT_UNKNOWN")


def test_an_event_whose_result_was_fetched_is_not_found(client):
    event = client.post("/gradio_api/call/read", json={"data": [None]}).json()["event_id"]
    assert "event: error" in client.get(f"/gradio_api/call/read/{event}").text
    response = client.get(f"/gradio_api/call/read/{event}")
    assert (response.status_code, response.json()["code"]) == (404, "EVENT_UNKNOWN")


def test_the_stream_of_an_unknown_session_says_so_and_ends(client):
    response = client.get("/gradio_api/queue/data?session_hash=unknown")
    message = json.loads(response.text.removeprefix("data: "))
    assert message["msg"] == "unexpected_error"
    assert message["session_not_found"] is True
    assert message["code"] == "EVENT_UNKNOWN"
    assert client.get("/gradio_api/queue/data").json()["code"] == "REQUEST_INVALID"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("read", [None], "REQUEST_INVALID"),
        ("read", [{"url": "data:image/png;base64,!!"}], "REQUEST_INVALID"),
        ("read", [{"url": "data:text/plain,x"}], "REQUEST_INVALID"),
        ("read", [{"url": "data:image/png;base64,AAAA"}], "IMAGE_FORMAT"),
        ("read", ["text"], "CALL_FAILED"),
        ("read_many", [7], "CALL_FAILED"),
    ],
)
def test_the_title_of_a_failed_call_is_its_code(client, name, data, code):
    answer = json.loads(call(client, name, data).removeprefix("event: error\ndata: "))
    assert answer["title"] == code
    assert answer["error"].endswith(".")


def test_too_many_files_have_the_code_of_the_rest_api(client):
    files = {"files": ("a.png", ONE.read_bytes())}
    (path,) = client.post("/gradio_api/upload", files=files).json()
    upload = {"path": path, "meta": {"_type": "gradio.FileData"}}
    assert '"title": "REQUEST_TOO_LARGE"' in call(client, "read_many", [[upload] * 501])


@pytest.mark.parametrize(
    "path",
    ["/", "/healthz", "/metrics", "/docs", "/openapi.json", "/config", "/gradio_api/info"],
)
def test_head_is_answered_where_get_is(client, path):
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Type"] == client.get(path).headers["Content-Type"]


def test_head_of_a_stream_is_not_allowed(client):
    response = client.head("/gradio_api/heartbeat/a")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


class UnlimitedPage:
    """A page that knows every event."""

    def has_event(self, event: str) -> bool:
        return True

    has_session = has_event


def test_a_stream_that_fails_after_its_start_ends_as_any_other():
    async def failing(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = b'data: {"output":{"error":null}}\n\n'
        await send({"type": "http.response.body", "body": body, "more_body": True})
        raise RuntimeError

    app = GradioErrors(failing, UnlimitedPage())
    response = send_request(app, "/gradio_api/queue/data?session_hash=a")
    assert json.loads(response.text[6:])["output"]["title"] == "CALL_FAILED"


def test_other_exceptions_are_left_to_the_access_log():
    async def failing(scope, receive, send):
        raise RuntimeError

    for path in ("/gradio_api/call/read", "/", "/mcp"):
        with pytest.raises(RuntimeError):
            send_request(GradioErrors(failing, UnlimitedPage()), path, "POST")
