"""Request metrics, log lines and the response to unhandled exceptions."""

import asyncio
import json
import logging
import re

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from demo.api.errors import error_response
from demo.middleware.access_log import AccessLog
from demo.serving.logs import REQUESTS, JsonFormatter, client_hash, configure_logs
from demo.serving.metrics import Metrics
from tests.demo.asgi import CLIENT, ok, send_request


@pytest.fixture
def log_lines():
    """The request log as a list of parsed lines."""
    records: list[dict] = []

    class ListHandler(logging.Handler):
        def emit(self, record):
            line = JsonFormatter().format(record)
            assert "\n" not in line
            records.append(json.loads(line))

    handler, level = ListHandler(), REQUESTS.level
    REQUESTS.addHandler(handler)
    REQUESTS.setLevel(logging.INFO)
    yield records
    REQUESTS.removeHandler(handler)
    REQUESTS.setLevel(level)


def metric_values(metrics: Metrics) -> dict[str, float]:
    """Return all values by metric name and labels."""
    text = metrics.render().decode()
    rows = re.findall(r"^(captcha_\S+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in rows}


async def rejecting(scope, receive, send):
    await error_response(scope, 429, "RATE_LIMITED", "Wait.")(scope, receive, send)


async def failing(scope, receive, send):
    raise RuntimeError("the secret text of /tmp/my-file.png")


def test_a_request_is_logged_in_one_line_and_counted(log_lines):
    metrics = Metrics()
    response = send_request(AccessLog(ok, metrics), "/api/read", "POST", content=b"12345")
    assert response.text == "ok 5"
    (line,) = log_lines
    assert set(line) == {
        *("time", "level", "event", "route", "method", "status"),
        *("code", "ms", "bytes_in", "bytes_out", "client"),
    }
    assert (line["event"], line["route"], line["method"]) == ("request", "read", "POST")
    assert (line["status"], line["code"]) == (200, None)
    assert (line["bytes_in"], line["bytes_out"]) == (5, 4)
    found = metric_values(metrics)
    assert found['captcha_requests_total{route="read",status="200"}'] == 1
    assert found['captcha_request_seconds_count{route="read"}'] == 1


def test_a_rejected_request_is_logged_and_counted_by_its_code(log_lines):
    metrics = Metrics()
    app = AccessLog(rejecting, metrics)
    for _ in range(2):
        send_request(app, "/api/read", "POST")
    assert [line["code"] for line in log_lines] == ["RATE_LIMITED"] * 2
    assert metric_values(metrics)['captcha_requests_rejected_total{code="RATE_LIMITED"}'] == 2


def test_an_unhandled_exception_gives_500_without_details(log_lines):
    metrics = Metrics()
    response = send_request(AccessLog(failing, metrics), "/api/read", "POST")
    assert response.status_code == 500
    assert response.json() == {"code": "INTERNAL", "message": "Something went wrong on the server."}
    failure, request = log_lines
    assert (failure["event"], failure["level"]) == ("unhandled_exception", "error")
    assert failure["error"] == "RuntimeError"
    assert any("test_access_log.py" in frame for frame in failure["stack"])
    assert "secret" not in str(log_lines)
    assert request["status"] == 500
    assert metric_values(metrics)['captcha_requests_total{route="read",status="500"}'] == 1


def test_no_second_response_after_an_exception_in_a_started_one(log_lines):
    async def breaking(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": CLIENT}
    asyncio.run(AccessLog(breaking, Metrics())(scope, None, send))
    assert len(sent) == 1


def test_addresses_and_file_names_are_not_logged(log_lines):
    metrics = Metrics()
    path = "/gradio_api/file=/tmp/my-secret.png"
    send_request(AccessLog(PlainTextResponse("x", 403), metrics), path)
    send_request(AccessLog(PlainTextResponse("x", 404), metrics), "/other/my-secret.png?my-secret")
    send_request(
        AccessLog(ok, metrics), "/api/read", "SECRET", headers={"X-My-Secret": "my-secret"}
    )
    everything = str(log_lines) + metrics.render().decode()
    assert "secret" not in everything.lower()
    assert CLIENT[0] not in everything
    assert [line["route"] for line in log_lines] == ["file", "other", "read"]


def test_assets_are_counted_and_logged_only_when_they_fail(log_lines):
    metrics = Metrics()
    send_request(AccessLog(ok, metrics), "/assets/a.js")
    assert log_lines == []
    send_request(AccessLog(PlainTextResponse("x", 404), metrics), "/assets/b.js")
    assert len(log_lines) == 1
    assert metric_values(metrics)['captcha_requests_total{route="assets",status="200"}'] == 1


def test_streams_are_counted_but_not_timed():
    metrics = Metrics()
    send_request(AccessLog(ok, metrics), "/gradio_api/heartbeat/0f")
    found = metric_values(metrics)
    assert found['captcha_requests_total{route="heartbeat",status="200"}'] == 1
    assert not [name for name in found if "seconds" in name]


def test_unknown_paths_and_methods_add_no_time_series():
    metrics = Metrics()
    app = AccessLog(JSONResponse({}, 404), metrics)
    send_request(app, "/a", "GET")
    before = set(metric_values(metrics))
    for i in range(20):
        send_request(app, f"/b{i}", f"METHOD{i}")
    assert set(metric_values(metrics)) == before


def test_a_client_hash_is_stable_and_has_eight_hex_digits():
    assert client_hash("203.0.113.7") == client_hash("203.0.113.7") != client_hash("203.0.113.8")
    assert re.fullmatch("[0-9a-f]{8}", client_hash("x"))


def test_logs_of_other_libraries_are_json(capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level, REQUESTS.level
    try:
        configure_logs(log_requests=False)
        logging.getLogger("other").warning("It is %s\nhere.", "late")
        logging.getLogger("other").info("nothing")
        REQUESTS.info("request")
        first = capsys.readouterr().err.splitlines()
        configure_logs(log_requests=True)
        REQUESTS.info("request")
        second = capsys.readouterr().err.splitlines()
    finally:
        root.handlers[:], root.level = before[:2]
        REQUESTS.setLevel(before[2])
    (line,) = map(json.loads, first)
    assert (line["level"], line["event"]) == ("warning", "It is late\nhere.")
    assert [json.loads(line)["event"] for line in second] == ["request"]


def test_a_gauge_is_computed_at_every_collection():
    metrics, value = Metrics(), [1.0]
    metrics.add_gauge("captcha_something", "Some.", lambda: value[0])
    assert metric_values(metrics)["captcha_something"] == 1
    value[0] = 7
    assert metric_values(metrics)["captcha_something"] == 7
