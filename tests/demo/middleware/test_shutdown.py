"""The graceful end, first of its parts and then of a running `app.py`."""

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
from demo.middleware.shutdown import Gate, Traffic
from tests.conftest import EXAMPLES
from tests.demo.asgi import ask, ok
from tests.demo.conftest import started_app

ONE = EXAMPLES / "1.png"


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(shutdown.time, "monotonic", lambda: now[0])
    return now


def test_nothing_ends_before_it_is_told_to(clock):
    traffic = Traffic()
    clock[0] += 1e6
    assert not traffic.stopping
    assert not traffic.is_over()


def test_the_end_comes_when_nothing_has_been_under_way_for_a_moment(clock):
    traffic = Traffic()
    traffic.begin(work=True)
    traffic.stop()
    clock[0] += 1
    assert not traffic.is_over()
    traffic.end(work=True)
    assert not traffic.is_over()
    clock[0] += shutdown.SECONDS_OF_QUIET + 0.01
    assert traffic.is_over()


def test_the_end_comes_after_a_time_whatever_is_under_way(clock):
    traffic = Traffic(at_work=lambda: True)
    traffic.begin(work=True)
    traffic.stop()
    clock[0] += shutdown.SECONDS_TO_FINISH
    assert not traffic.is_over()
    traffic.stop()  # A second signal does not begin it anew.
    clock[0] += 0.1
    assert traffic.is_over()


def test_a_page_that_somebody_looks_at_does_not_hold_up_the_end(clock):
    traffic = Traffic()
    traffic.begin(work=False)
    traffic.stop()
    clock[0] += shutdown.SECONDS_OF_QUIET + 0.01
    assert traffic.is_over()


def test_events_are_finished_and_their_results_waited_for_a_while(clock):
    events, results = [1], [1]
    traffic = Traffic(lambda: bool(events), lambda: bool(results))
    traffic.stop()
    clock[0] += shutdown.SECONDS_TO_FETCH - 0.5
    assert not traffic.is_over()
    events.clear()
    assert not traffic.is_over()
    clock[0] += 0.5
    assert traffic.is_over()


def test_new_requests_are_refused_and_results_and_health_are_not(clock):
    traffic = Traffic()
    app = Gate(ok, traffic)
    assert ask(app, "/api/read", "POST").status_code == 200
    traffic.stop()
    clock[0] += shutdown.SECONDS_TO_ARRIVE - 0.01
    assert ask(app, "/api/read", "POST").status_code == 200  # It was sent before the signal.
    clock[0] += 0.02
    for method, path in (("POST", "/api/read"), ("GET", "/"), ("POST", "/gradio_api/queue/join")):
        answer = ask(app, path, method)
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVER_STOPPING")
        assert answer.headers["Connection"] == "close"
        assert int(answer.headers["Retry-After"]) > 0
    for path in ("/gradio_api/queue/data", "/gradio_api/call/read/0f", "/healthz"):
        assert ask(app, path).status_code == 200
    assert (traffic.open, traffic.working) == (0, 0)


def test_an_error_is_no_longer_under_way():
    async def failing(scope, receive, send):
        raise RuntimeError

    traffic = Traffic()
    with pytest.raises(RuntimeError):
        ask(Gate(failing, traffic), "/api/read", "POST")
    assert (traffic.open, traffic.working) == (0, 0)


def test_too_many_open_requests_are_refused():
    statuses = []

    async def main():
        release = asyncio.Event()

        async def holding(scope, receive, send):
            await release.wait()
            await PlainTextResponse("ok")(scope, receive, send)

        app = Gate(holding, Traffic(), most_open=2)

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


def test_the_port_opens_when_the_model_can_read():
    """The first connection that is accepted at all gets a reading."""
    with started_app() as app:
        wait_for_port(app.port)
        answer = httpx.post(f"{app.url}/api/read", files={"image": ONE.read_bytes()})
        assert answer.status_code == 200
        assert httpx.get(f"{app.url}/healthz").json()["status"] == "ok"


class Slow:
    """A request whose last bytes are sent when it is told to: under way until then."""

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


def test_at_sigterm_sixteen_requests_under_way_are_finished_and_new_ones_refused(model):
    text = model.predict(ONE).text
    with started_app() as app:
        app.wait_until_ready()
        under_way = [Slow(app.port, ONE.read_bytes()) for _ in range(16)]
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
                answers = list(pool.map(Slow.finish, under_way))
        begin = time.monotonic()
        assert app.process.wait(timeout=20) == 0
        assert time.monotonic() - begin < 5
    assert [(status, answer["text"]) for status, answer in answers] == [(200, text)] * 16


def test_at_sigterm_an_event_of_the_page_is_finished_and_its_result_delivered(model):
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
            answer = httpx.get(f"{app.url}/gradio_api/call/read/{event['event_id']}", timeout=10)
            assert f'"text": "{model.predict(ONE).text}"' in answer.text
        assert app.process.wait(timeout=20) == 0


def test_what_does_not_finish_is_given_up_after_a_time():
    with started_app() as app:
        app.wait_until_ready()
        never = Slow(app.port, ONE.read_bytes())
        time.sleep(0.3)
        begin = time.monotonic()
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(timeout=30) == 0
        took = time.monotonic() - begin
        never.connection.close()
    assert shutdown.SECONDS_TO_FINISH <= took < shutdown.SECONDS_TO_FINISH + 8


def test_a_second_ctrl_c_ends_at_once():
    with started_app() as app:
        app.wait_until_ready()
        never = Slow(app.port, ONE.read_bytes())
        time.sleep(0.3)
        app.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert app.process.poll() is None
        app.process.send_signal(signal.SIGINT)
        assert app.process.wait(timeout=5) is not None
        never.connection.close()


def test_nothing_temporary_is_left_behind(tmp_path):
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
