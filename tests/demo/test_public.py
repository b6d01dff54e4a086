"""A running `app.py` on a public address: authentication, limits and rejected requests."""

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
from demo.middleware.json_guard import MAX_DEPTH
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import running_app, started_app

pytestmark = pytest.mark.slow

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


def test_without_the_password_only_health_responds(locked):
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
        response = httpx.request(method, f"{locked}{path}")
        assert response.status_code == 401, path
        assert "LOGIN_REQUIRED" in response.text
    assert httpx.get(f"{locked}/healthz").status_code == 200


def test_with_the_password_every_interface_works(locked, model):
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


def test_pages_of_other_origins_cannot_use_the_api_with_a_login(locked, address):
    headers = {"Origin": "https://elsewhere.example", "Host": "page.example"}
    locked_response = httpx.get(f"{locked}/config", headers=headers, auth=AUTH)
    assert not [name for name in locked_response.headers if name.startswith("access-control")]
    preflight = {**headers, "Access-Control-Request-Method": "POST"}
    assert httpx.options(f"{locked}/gradio_api/call/read", headers=preflight).status_code >= 400


@pytest.mark.parametrize(
    "path", ["/api/read", "/gradio_api/call/read", "/gradio_api/queue/join", "/mcp"]
)
def test_requests_of_other_origins_are_rejected_with_a_login(locked, path):
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        response = httpx.post(f"{locked}{path}", headers=headers, auth=AUTH)
        assert (response.status_code, response.json()["code"]) == (403, "CROSS_ORIGIN")


def test_with_a_login_the_page_itself_and_proxies_can_read(locked, address):
    for headers in (
        {"Origin": locked, "Sec-Fetch-Site": "same-origin"},
        {"Origin": locked},
        {"Origin": "https://page.example", "Host": "page.example"},
        {"Origin": "https://page.example", "X-Forwarded-Host": "page.example"},
    ):
        assert read(locked, headers=headers, auth=AUTH).status_code == 200
    # Without a login there is no user in whose name another page could read.
    assert read(address, headers={"Origin": "https://elsewhere.example"}).status_code == 200


@pytest.mark.server
@pytest.mark.parametrize("login", ["ann", "ann:", ":secret"])
def test_an_invalid_login_setting_starts_no_server(login):
    with started_app(CAPTCHA_AUTH=login) as app:
        assert app.process.wait(timeout=60) == 1
        output = app.read_output()
    assert "The page cannot be served: CAPTCHA_AUTH" in output
    assert "secret" not in output
    assert "Open http" not in output


@pytest.mark.server
def test_a_client_over_the_rate_gets_retry_after(model):
    with running_app(CAPTCHA_RATE_LIMIT="3/minute") as url:
        responses = [read(url) for _ in range(5)]
        assert [a.status_code for a in responses] == [200, 200, 200, 429, 429]
        assert responses[3].json()["code"] == "RATE_LIMITED"
        assert int(responses[3].headers["Retry-After"]) >= 1
        # No proxy is trusted.
        assert read(url, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 429
        assert httpx.get(f"{url}/").status_code == 200
        metrics = httpx.get(f"{url}/metrics").text
        assert 'captcha_requests_rejected_total{code="RATE_LIMITED"} 3.0' in metrics


@pytest.mark.server
def test_behind_a_trusted_proxy_clients_are_counted_separately():
    with running_app(CAPTCHA_RATE_LIMIT="1/minute", CAPTCHA_TRUSTED_PROXIES="127.0.0.1") as url:
        statuses = [
            read(url, headers={"X-Forwarded-For": f"{forged}, {address}"}).status_code
            for forged, address in (
                ("198.51.100.1", "192.0.2.1"),
                ("198.51.100.2", "192.0.2.1"),
                ("198.51.100.1", "192.0.2.2"),
            )
        ]
    assert statuses == [200, 429, 200]


@pytest.mark.server
def test_a_full_queue_gives_busy_and_every_other_response_is_right(model):
    text = model.predict(ONE).text
    with running_app(CAPTCHA_QUEUE_SIZE="2") as url, ThreadPoolExecutor(24) as pool:
        responses = list(pool.map(lambda _: read(url), range(96)))
    statuses = {response.status_code for response in responses}
    assert statuses == {200, 503}
    for response in responses:
        if response.status_code == 200:
            assert response.json()["text"] == text
        else:
            assert response.json()["code"] == "SERVER_BUSY"
            assert int(response.headers["Retry-After"]) >= 1


def test_every_response_to_a_large_json_body_is_the_same(locked):
    large_body = b'{"data": ["data:image/png;base64,' + b"A" * MAX_BODY_BYTES + b'"]}'
    for path in ("/gradio_api/call/read", "/gradio_api/queue/join", "/mcp"):
        url = f"{locked}{path}"
        declared = httpx.post(url, content=large_body, headers=JSON, auth=AUTH, timeout=60)
        chunks = (large_body[i : i + 2**20] for i in range(0, len(large_body), 2**20))
        undeclared = httpx.post(url, content=chunks, headers=JSON, auth=AUTH, timeout=60)
        for response in (declared, undeclared):
            assert (response.status_code, response.json()["code"]) == (413, "REQUEST_TOO_LARGE"), (
                path
            )


def test_an_upload_of_undeclared_length_is_limited(address):
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\n'
    part = b"\0" * 2**24
    whole = chain.from_iterable(
        ((b"\r\n" if i else b"") + head % i, part) for i in range(MAX_MANY_BYTES // len(part) + 1)
    )
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    response = httpx.post(f"{address}/gradio_api/upload", content=whole, headers=form, timeout=120)
    assert response.status_code == 413
    assert response.text == "The request is over 256 MiB. (REQUEST_TOO_LARGE)"


@pytest.mark.parametrize("path", ["/gradio_api/call/read", "/gradio_api/queue/join", "/mcp"])
def test_json_that_is_nested_too_deeply_is_rejected(locked, path):
    body = b'{"data":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"
    response = httpx.post(f"{locked}{path}", content=body, headers=JSON, auth=AUTH)
    assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")


@pytest.mark.parametrize(
    "path",
    [
        str(ONE),
        "demo/examples/1.png",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:1/x.png",
        "OTHER_SERVER/x.png",
    ],
)
def test_no_file_of_the_server_and_no_url_is_read(address, other_server, path):
    """Not even an image, whose text would be in the result."""
    url, requested, _ = other_server
    path = path.replace("OTHER_SERVER", url)
    for payload in (
        {"path": path, **META},
        {"url": path, **META},
        {"path": path, "url": data_url()},
    ):
        for api, data in (("read", [payload]), ("read_many", [[payload]])):
            if "path" not in payload and api == "read_many":
                continue
            target = f"{address}/gradio_api/call/{api}"
            response = httpx.post(target, json={"data": data})
            assert (response.status_code, response.json()["code"]) == (400, "REQUEST_INVALID")
            join = {"data": data, "fn_index": 0, "session_hash": "0f"}
            response = httpx.post(f"{address}/gradio_api/queue/join", json=join)
            assert response.status_code == 400
    assert requested == []


@pytest.mark.parametrize(
    "path", ["/etc/passwd", str(ROOT / "app.py"), "app.py", "demo/examples/1.png", "../app.py"]
)
def test_files_of_the_server_are_not_served(address, path):
    response = httpx.get(f"{address}/gradio_api/file={path}")
    assert response.status_code in (403, 404)
    assert "root:" not in response.text
    assert "import" not in response.text


def test_only_the_last_part_of_an_upload_s_name_is_kept(address):
    files = {"files": ("../../../etc/x y\n.png", ONE.read_bytes())}
    (path,) = httpx.post(f"{address}/gradio_api/upload", files=files).json()
    assert ".." not in path
    assert re.search(r"captcha-page-\w+/gradio/[0-9a-f]{64}/[^/]+$", path)


@pytest.mark.server
def test_a_data_url_leaves_no_file(model, tmp_path):
    with running_app(TMPDIR=str(tmp_path)) as url:
        before = sorted(tmp_path.rglob("*"))
        event = httpx.post(f"{url}/gradio_api/call/read", json={"data": [{"url": data_url()}]})
        response = httpx.get(f"{url}/gradio_api/call/read/{event.json()['event_id']}", timeout=30)
        assert model.predict(ONE).text in response.text
        assert read(url).status_code == 200
        assert sorted(tmp_path.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.server
def test_an_aborted_upload_leaves_no_file(tmp_path):
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


@pytest.mark.server
def test_logs_and_metrics_hold_nothing_of_the_images(model, tmp_path):
    reading = model.predict(ONE)
    with started_app() as app:
        app.wait_until_ready()
        assert read(app.url).json()["text"] == reading.text
        client = Client(app.url, verbose=False)
        client.predict(handle_file(str(ONE)), api_name="/read")
        httpx.post(f"{app.url}/api/read", files={"image": ("my-name.png", b"my-contents")})
        metrics = httpx.get(f"{app.url}/metrics").text
        app.process.terminate()
        assert app.process.wait(timeout=30) == 0
        output = app.read_output()
    assert 'captcha_images_total{result="read"} 2.0' in metrics
    assert 'captcha_images_total{result="IMAGE_FORMAT"} 1.0' in metrics
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    reads = [(line["status"], line["code"]) for line in lines if line["route"] == "read"]
    assert reads == [(200, None), (422, "IMAGE_FORMAT")]
    for secret in ("my-name", "my-contents", reading.text, "1.png", '127.0.0.1"', "/tmp"):
        assert secret not in "\n".join(json.dumps(line) for line in lines)
        assert secret not in metrics


@pytest.mark.server
def test_logs_can_be_turned_off():
    with started_app(CAPTCHA_LOG="off") as app:
        app.wait_until_ready()
        read(app.url)
        app.process.terminate()
        app.process.wait(timeout=30)
        assert "{" not in app.read_output()


def test_responses_do_not_name_the_server_software(address):
    response = httpx.get(f"{address}/healthz")
    assert "server" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"
