"""The page in public: a running `app.py` with a login, limits, strangers and bad intentions."""

import asyncio
import base64
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import httpx
import pytest
from gradio_client import Client, handle_file
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from demo.middleware.body_limit import MAX_BODY_BYTES, MAX_MANY_BYTES
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import running_app, started_app

ONE = EXAMPLES / "1.png"
AUTH = ("ann", "secret")
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
META = {"meta": {"_type": "gradio.FileData"}}


def read(url: str, **request) -> httpx.Response:
    files = {"image": ("my-name.png", ONE.read_bytes())}
    return httpx.post(f"{url}/api/read", files=files, timeout=60, **request)


def data_url() -> str:
    return "data:image/png;base64," + base64.b64encode(ONE.read_bytes()).decode()


@pytest.fixture(scope="module")
def locked():
    with running_app("--mcp", CAPTCHA_AUTH="ann:secret") as url:
        yield url


def test_without_the_password_there_is_nothing_but_health(locked):
    for method, path in (
        ("GET", "/"),
        ("GET", "/config"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/assets/x.js"),
        ("GET", "/gradio_api/info"),
        ("POST", "/api/read"),
        ("POST", "/api/read_many"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/call/read"),
        ("POST", "/mcp"),
    ):
        answer = httpx.request(method, f"{locked}{path}")
        assert answer.status_code == 401, path
        assert "LOGIN_REQUIRED" in answer.text
    assert httpx.get(f"{locked}/healthz").status_code == 200


def test_with_the_password_all_of_it_works(locked, model):
    text = model.predict(ONE).text
    assert read(locked, auth=AUTH).json()["text"] == text
    assert "captcha_requests_total" in httpx.get(f"{locked}/metrics", auth=AUTH).text
    header = "Basic " + base64.b64encode(b"ann:secret").decode()
    client = Client(locked, headers={"Authorization": header}, verbose=False)
    assert client.predict(handle_file(str(ONE)), api_name="/read")["text"] == text

    async def tools():
        async with (
            httpx.AsyncClient(auth=AUTH) as http_client,
            streamable_http_client(f"{locked}/mcp", http_client=http_client) as (incoming, out, _),
            ClientSession(incoming, out) as session,
        ):
            await session.initialize()
            image = base64.b64encode(ONE.read_bytes()).decode()
            return await session.call_tool("read_image", {"image": image})

    assert asyncio.run(tools()).structuredContent["text"] == text


def test_other_pages_may_not_use_the_api_of_who_is_logged_in(locked, address):
    asked = {"Origin": "https://elsewhere.example", "Host": "page.example"}
    locked_answer = httpx.get(f"{locked}/config", headers=asked, auth=AUTH)
    assert not [name for name in locked_answer.headers if name.startswith("access-control")]
    preflight = {**asked, "Access-Control-Request-Method": "POST"}
    assert httpx.options(f"{locked}/gradio_api/call/read", headers=preflight).status_code >= 400


@pytest.mark.parametrize("login", ["ann", "ann:", ":secret"])
def test_a_login_that_is_written_wrong_starts_no_server(login):
    with started_app(CAPTCHA_AUTH=login) as app:
        assert app.process.wait(timeout=60) == 1
        said = app.said()
    assert "The page cannot be served: CAPTCHA_AUTH" in said
    assert "secret" not in said
    assert "Open http" not in said


def test_a_client_that_asks_too_often_is_told_when_to_come_again(model):
    with running_app(CAPTCHA_RATE_LIMIT="3/minute") as url:
        answers = [read(url) for _ in range(5)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429, 429]
        assert answers[3].json()["code"] == "RATE_LIMITED"
        assert int(answers[3].headers["Retry-After"]) >= 1
        # Nobody has said to believe this.
        assert read(url, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 429
        assert httpx.get(f"{url}/").status_code == 200
        figures = httpx.get(f"{url}/metrics").text
        assert 'captcha_refusals_total{code="RATE_LIMITED"} 3.0' in figures


def test_behind_a_proxy_that_is_named_each_client_is_its_own():
    with running_app(CAPTCHA_RATE_LIMIT="1/minute", CAPTCHA_TRUSTED_PROXIES="127.0.0.1") as url:
        statuses = [
            read(url, headers={"X-Forwarded-For": f"{invented}, {address}"}).status_code
            for invented, address in (
                ("198.51.100.1", "192.0.2.1"),
                ("198.51.100.2", "192.0.2.1"),
                ("198.51.100.1", "192.0.2.2"),
            )
        ]
    assert statuses == [200, 429, 200]


def test_a_full_queue_is_answered_by_busy_and_every_other_answer_is_right(model):
    text = model.predict(ONE).text
    with running_app(CAPTCHA_QUEUE_SIZE="2") as url, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: read(url), range(96)))
    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 503}
    for answer in answers:
        if answer.status_code == 200:
            assert answer.json()["text"] == text
        else:
            assert answer.json()["code"] == "SERVER_BUSY"
            assert int(answer.headers["Retry-After"]) >= 1


def test_every_answer_to_too_much_json_is_the_same(locked):
    too_much = b'{"data": ["data:image/png;base64,' + b"A" * MAX_BODY_BYTES + b'"]}'
    for path in ("/gradio_api/call/read", "/gradio_api/queue/join", "/mcp"):
        url = f"{locked}{path}"
        declared = httpx.post(url, content=too_much, headers=JSON, auth=AUTH, timeout=60)
        parts = (too_much[i : i + 2**20] for i in range(0, len(too_much), 2**20))
        undeclared = httpx.post(url, content=parts, headers=JSON, auth=AUTH, timeout=60)
        for answer in (declared, undeclared):
            assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_TOO_LARGE"), path


def test_an_upload_of_unknown_length_has_a_limit(address):
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\n'
    part = b"\0" * 2**24
    whole = chain.from_iterable(
        ((b"\r\n" if i else b"") + head % i, part) for i in range(MAX_MANY_BYTES // len(part) + 1)
    )
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(f"{address}/gradio_api/upload", content=whole, headers=form, timeout=120)
    assert answer.status_code == 413
    assert answer.text == "The request is over 256 MiB. (REQUEST_TOO_LARGE)"


@pytest.mark.parametrize("depth", [40, 500, 100_000])
@pytest.mark.parametrize("path", ["/gradio_api/call/read", "/gradio_api/queue/join", "/mcp"])
def test_json_that_is_nested_too_deeply_is_refused(locked, path, depth):
    body = b'{"data":' + b"[" * depth + b"]" * depth + b"}"
    answer = httpx.post(f"{locked}{path}", content=body, headers=JSON, auth=AUTH)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")


@pytest.mark.parametrize(
    "path",
    [
        str(ONE),
        "demo/examples/1.png",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:1/x.png",
        "OUTSIDE/x.png",
    ],
)
def test_neither_files_of_the_server_nor_addresses_are_read(address, outside, path):
    """An image of the server, above all: it could be read, and what it says would be told."""
    url, asked, _ = outside
    path = path.replace("OUTSIDE", url)
    for payload in (
        {"path": path, **META},
        {"url": path, **META},
        {"path": path, "url": data_url()},
    ):
        for api, data in (("read", [payload]), ("read_many", [[payload]])):
            if "path" not in payload and api == "read_many":
                continue
            target = f"{address}/gradio_api/call/{api}"
            answer = httpx.post(target, json={"data": data})
            assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")
            join = {"data": data, "fn_index": 0, "session_hash": "0f"}
            answer = httpx.post(f"{address}/gradio_api/queue/join", json=join)
            assert answer.status_code == 400
    assert asked == []


@pytest.mark.parametrize(
    "path", ["/etc/passwd", str(ROOT / "app.py"), "app.py", "demo/examples/1.png", "../app.py"]
)
def test_files_of_the_server_are_not_served(address, path):
    answer = httpx.get(f"{address}/gradio_api/file={path}")
    assert answer.status_code in (403, 404)
    assert "root:" not in answer.text
    assert "import" not in answer.text


def test_an_upload_keeps_no_more_of_its_name_than_the_last_part(address):
    files = {"files": ("../../../etc/x y\n.png", ONE.read_bytes())}
    (path,) = httpx.post(f"{address}/gradio_api/upload", files=files).json()
    assert ".." not in path
    assert re.search(r"captcha-page-\w+/gradio/[0-9a-f]{64}/[^/]+$", path)


def test_a_data_url_leaves_no_file(model, tmp_path):
    with running_app(TMPDIR=str(tmp_path)) as url:
        before = sorted(tmp_path.rglob("*"))
        event = httpx.post(f"{url}/gradio_api/call/read", json={"data": [{"url": data_url()}]})
        answer = httpx.get(f"{url}/gradio_api/call/read/{event.json()['event_id']}", timeout=30)
        assert model.predict(ONE).text in answer.text
        assert read(url).status_code == 200
        assert sorted(tmp_path.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_breaks_off_leaves_what_is_cleared_up(tmp_path):
    with running_app(TMPDIR=str(tmp_path)) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                b"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
                b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
                + b"\0"
                * 3_000_000
            )
            time.sleep(0.5)
    assert list(tmp_path.iterdir()) == []


def test_logs_and_figures_say_nothing_of_the_images(model, tmp_path):
    reading = model.predict(ONE)
    with started_app() as app:
        app.wait_until_ready()
        assert read(app.url).json()["text"] == reading.text
        client = Client(app.url, verbose=False)
        client.predict(handle_file(str(ONE)), api_name="/read")
        httpx.post(f"{app.url}/api/read", files={"image": ("my-name.png", b"my-contents")})
        figures = httpx.get(f"{app.url}/metrics").text
        app.process.terminate()
        assert app.process.wait(timeout=30) == 0
        said = app.said()
    assert 'captcha_images_total{result="read"} 2.0' in figures
    assert 'captcha_images_total{result="IMAGE_FORMAT"} 1.0' in figures
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    reads = [(line["status"], line["code"]) for line in lines if line["route"] == "read"]
    assert reads == [(200, None), (422, "IMAGE_FORMAT")]
    for secret in ("my-name", "my-contents", reading.text, "1.png", '127.0.0.1"', "/tmp"):
        assert secret not in "\n".join(json.dumps(line) for line in lines)
        assert secret not in figures


def test_logs_can_be_turned_off():
    with started_app(CAPTCHA_LOG="off") as app:
        app.wait_until_ready()
        read(app.url)
        app.process.terminate()
        app.process.wait(timeout=30)
        assert "{" not in app.said()


def test_answers_do_not_say_what_serves_them(address):
    answer = httpx.get(f"{address}/healthz")
    assert "server" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
