"""Graceful shutdown: unit tests, then tests with a running `app.py`."""

import asyncio
import base64
import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.responses import PlainTextResponse

from demo.middleware import shutdown
from demo.middleware.shutdown import GracefulShutdown, InFlightRequests
from tests.conftest import EXAMPLES
from tests.demo.asgi import ok, send_request
from tests.demo.conftest import started_app

ONE = EXAMPLES / "1.png"


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(shutdown.time, "monotonic", lambda: now[0])
    return now


def test_a_running_server_is_never_drained(clock):
    in_flight = InFlightRequests()
    clock[0] += 1e6
    assert not in_flight.stopping
    assert not in_flight.is_drained()


def test_drained_after_a_moment_without_requests_in_flight(clock):
    in_flight = InFlightRequests()
    in_flight.begin(blocking=True)
    in_flight.stop()
    clock[0] += 1
    assert not in_flight.is_drained()
    in_flight.end(blocking=True)
    assert not in_flight.is_drained()
    clock[0] += shutdown.QUIET_SECONDS + 0.01
    assert in_flight.is_drained()


def test_drained_after_the_time_limit_whatever_is_in_flight(clock):
    in_flight = InFlightRequests(is_at_work=lambda: True)
    in_flight.begin(blocking=True)
    in_flight.stop()
    clock[0] += shutdown.DRAIN_TIMEOUT_SECONDS
    assert not in_flight.is_drained()
    in_flight.stop()  # A second signal does not restart the time limit.
    clock[0] += 0.1
    assert in_flight.is_drained()


def test_an_open_page_does_not_block_shutdown(clock):
    in_flight = InFlightRequests()
    in_flight.begin(blocking=False)
    in_flight.stop()
    clock[0] += shutdown.QUIET_SECONDS + 0.01
    assert in_flight.is_drained()


def test_events_are_finished_and_their_results_awaited_for_a_while(clock):
    events, results = [1], [1]
    in_flight = InFlightRequests(lambda: bool(events), lambda: bool(results))
    in_flight.stop()
    clock[0] += shutdown.RESULT_TIMEOUT_SECONDS - 0.5
    assert not in_flight.is_drained()
    events.clear()
    assert not in_flight.is_drained()
    clock[0] += 0.5
    assert in_flight.is_drained()


def test_new_requests_are_rejected_and_results_and_health_are_not(clock):
    in_flight = InFlightRequests()
    app = GracefulShutdown(ok, in_flight)
    assert send_request(app, "/api/read", "POST").status_code == 200
    in_flight.stop()
    clock[0] += shutdown.ACCEPT_SECONDS - 0.01
    # It may have been sent before the signal.
    assert send_request(app, "/api/read", "POST").status_code == 200
    clock[0] += 0.02
    for method, path in (("POST", "/api/read"), ("GET", "/"), ("POST", "/gradio_api/queue/join")):
        response = send_request(app, path, method)
        assert (response.status_code, response.json()["code"]) == (503, "SERVER_STOPPING")
        assert response.headers["Connection"] == "close"
        assert int(response.headers["Retry-After"]) > 0
    for path in ("/gradio_api/queue/data", "/gradio_api/call/read/0f", "/healthz"):
        assert send_request(app, path).status_code == 200
    assert (in_flight.count, in_flight.blocking) == (0, 0)


def upload(app, client) -> None:
    assert send_request(app, "/gradio_api/upload", "POST", client).status_code == 200


def call(app, client) -> int:
    return send_request(app, "/gradio_api/queue/join", "POST", client).status_code


def test_a_call_is_accepted_after_the_upload_of_the_same_client(clock):
    in_flight = InFlightRequests()
    app = GracefulShutdown(ok, in_flight)
    ann, bob = ("203.0.113.1", 1), ("203.0.113.2", 1)
    for _ in range(3):
        upload(app, ann)
    assert call(app, ann) == 200
    in_flight.stop()
    clock[0] += 1
    assert not in_flight.is_drained()
    assert call(app, bob) == 503
    assert [call(app, ann) for _ in range(3)] == [200, 200, 503]
    clock[0] += shutdown.QUIET_SECONDS + 0.01
    assert in_flight.is_drained()


def test_an_upload_that_no_call_follows_blocks_shutdown_for_a_while(clock):
    in_flight = InFlightRequests()
    app = GracefulShutdown(ok, in_flight)
    upload(app, ("203.0.113.1", 1))
    in_flight.stop()
    clock[0] += shutdown.RESULT_TIMEOUT_SECONDS - 0.1
    assert not in_flight.is_drained()
    clock[0] += 0.2
    assert in_flight.is_drained()
    assert call(app, ("203.0.113.1", 1)) == 503


def test_a_rejected_upload_is_no_upload(clock):
    async def failing(scope, receive, send):
        await PlainTextResponse("no", 413)(scope, receive, send)

    in_flight = InFlightRequests()
    send_request(GracefulShutdown(failing, in_flight), "/gradio_api/upload", "POST")
    in_flight.stop()
    clock[0] += shutdown.QUIET_SECONDS + 0.01
    assert in_flight.is_drained()


def test_the_result_of_a_late_call_is_awaited_as_long_as_any_other(clock):
    results = [1]
    in_flight = InFlightRequests(has_undelivered=lambda: bool(results))
    in_flight.stop()
    clock[0] += shutdown.RESULT_TIMEOUT_SECONDS - 0.1
    in_flight.begin(blocking=True)
    in_flight.end(blocking=True)
    clock[0] += shutdown.RESULT_TIMEOUT_SECONDS - 0.1
    assert not in_flight.is_drained()
    results.clear()
    assert in_flight.is_drained()


def test_a_failed_request_is_no_longer_in_flight():
    async def failing(scope, receive, send):
        raise RuntimeError

    in_flight = InFlightRequests()
    with pytest.raises(RuntimeError):
        send_request(GracefulShutdown(failing, in_flight), "/api/read", "POST")
    assert (in_flight.count, in_flight.blocking) == (0, 0)


def test_too_many_requests_in_flight_are_rejected():
    statuses = []

    async def main():
        release = asyncio.Event()

        async def holding(scope, receive, send):
            await release.wait()
            await PlainTextResponse("ok")(scope, receive, send)

        app = GracefulShutdown(holding, InFlightRequests(), max_in_flight=2)

        async def send(message):
            if "status" in message:
                statuses.append(message["status"])

        def get(path):
            scope = {"type": "http", "method": "GET", "path": path, "headers": []}
            return asyncio.create_task(app(scope, None, send))

        held = [get("/gradio_api/heartbeat/a"), get("/")]
        await asyncio.sleep(0)
        await get("/")
        release.set()
        await asyncio.gather(*held)

    asyncio.run(main())
    assert statuses == [503, 200, 200]


def wait_for_port(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.server
def test_the_port_opens_once_the_model_is_loaded():
    """The first accepted connection gets a reading."""
    with started_app() as app:
        wait_for_port(app.port)
        response = httpx.post(f"{app.url}/api/read", files={"image": ONE.read_bytes()})
        assert response.status_code == 200
        assert httpx.get(f"{app.url}/healthz").json()["status"] == "ok"


class SlowRequest:
    """A request that stays in flight until `finish` sends its last bytes."""

    def __init__(self, port: int, image: bytes) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        head = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        body = head + image + b"\r\n--x--\r\n"
        self.connection.sendall(
            b"POST /api/read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" % len(body)
        )
        self.connection.sendall(body[:-10])
        self.rest = body[-10:]

    def finish(self) -> tuple[int, dict]:
        with self.connection:
            self.connection.sendall(self.rest)
            received = b""
            while part := self.connection.recv(65536):
                received += part
        head, _, body = received.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)


@pytest.mark.slow
@pytest.mark.server
def test_sigterm_finishes_sixteen_requests_in_flight_and_rejects_new_ones(model):
    text = model.predict(ONE).text
    with started_app() as app:
        app.wait_until_ready()
        slow_requests = [SlowRequest(app.port, ONE.read_bytes()) for _ in range(16)]
        page = httpx.stream("GET", f"{app.url}/gradio_api/heartbeat/0f", timeout=30)
        with page as stream:
            assert stream.status_code == 200
            time.sleep(0.3)
            app.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            health = httpx.get(f"{app.url}/healthz")
            assert (health.status_code, health.json()) == (503, {"status": "stopping"})
            new = httpx.post(f"{app.url}/api/read", files={"image": ONE.read_bytes()})
            assert (new.status_code, new.json()["code"]) == (503, "SERVER_STOPPING")
            with ThreadPoolExecutor(16) as pool:
                responses = list(pool.map(SlowRequest.finish, slow_requests))
        begin = time.monotonic()
        assert app.process.wait(timeout=20) == 0
        assert time.monotonic() - begin < 5
    assert [(status, response["text"]) for status, response in responses] == [(200, text)] * 16


@pytest.mark.slow
@pytest.mark.server
def test_sigterm_finishes_events_of_the_page_and_delivers_their_results(model):
    url = "data:image/png;base64," + base64.b64encode(ONE.read_bytes()).decode()
    with started_app() as app:
        app.wait_until_ready()
        events = [
            httpx.post(f"{app.url}/gradio_api/call/read", json={"data": [{"url": url}]}).json()
            for _ in range(8)
        ]
        app.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        for event in events:
            response = httpx.get(f"{app.url}/gradio_api/call/read/{event['event_id']}", timeout=10)
            assert f'"text": "{model.predict(ONE).text}"' in response.text
        assert app.process.wait(timeout=20) == 0


@pytest.mark.slow
@pytest.mark.server
def test_requests_that_do_not_finish_are_dropped_after_the_time_limit():
    with started_app() as app:
        app.wait_until_ready()
        unfinished = SlowRequest(app.port, ONE.read_bytes())
        time.sleep(0.3)
        begin = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(timeout=30) == 0
        elapsed = time.monotonic() - begin
        unfinished.connection.close()
    assert shutdown.DRAIN_TIMEOUT_SECONDS <= elapsed < shutdown.DRAIN_TIMEOUT_SECONDS + 8


@pytest.mark.slow
@pytest.mark.server
def test_a_second_ctrl_c_exits_at_once():
    with started_app() as app:
        app.wait_until_ready()
        unfinished = SlowRequest(app.port, ONE.read_bytes())
        time.sleep(0.3)
        app.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert app.process.poll() is None
        app.process.send_signal(signal.SIGINT)
        assert app.process.wait(timeout=5) is not None
        unfinished.connection.close()


@pytest.mark.slow
@pytest.mark.server
def test_no_temporary_file_is_left_behind(tmp_path):
    with started_app(TMPDIR=str(tmp_path)) as app:
        app.wait_until_ready()
        files = {"files": ("a.png", ONE.read_bytes())}
        uploaded = httpx.post(f"{app.url}/gradio_api/upload", files=files).json()
        assert uploaded[0].startswith(str(tmp_path))
        (folder,) = tmp_path.glob("captcha-page-*")
        assert list(tmp_path.iterdir()) == [folder]
        app.process.send_signal(signal.SIGTERM)
        app.process.wait(timeout=20)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.server
def test_sigterm_between_the_upload_and_the_call_of_a_client_still_gives_a_reading(model):
    """As Gradio's client reads: one request for the upload, the next for the call."""
    with started_app() as app:
        app.wait_until_ready()
        api = f"{app.url}/gradio_api"
        uploads = [
            httpx.post(f"{api}/upload", files={"files": ("a.png", ONE.read_bytes())}).json()[0]
            for _ in range(4)
        ]
        app.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        for path in uploads:
            data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
            event = {"data": data, "fn_index": 0, "session_hash": "session"}
            assert httpx.post(f"{api}/queue/join", json=event).status_code == 200
        response = httpx.get(f"{api}/queue/data?session_hash=session", timeout=10)
        assert response.text.count(f'"text":"{model.predict(ONE).text}"') == len(uploads)
        late = httpx.post(f"{api}/upload", files={"files": ("a.png", ONE.read_bytes())})
        assert (late.status_code, "SERVER_STOPPING" in late.text) == (503, True)
        assert app.process.wait(timeout=20) == 0
