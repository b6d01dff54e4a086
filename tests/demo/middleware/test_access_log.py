"""The metrics, the log's lines and the answers for what nobody expected."""

import asyncio
import json
import logging
import re

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from demo.api.errors import error_response
from demo.middleware.access_log import Observed
from demo.serving.logs import REQUESTS, JsonFormatter, client_hash, configure_logs
from demo.serving.metrics import Metrics
from tests.demo.asgi import CLIENT, ask, ok


@pytest.fixture
def lines():
    """What is logged of requests, line by line, as it is written."""
    written: list[dict] = []

    class Keep(logging.Handler):
        def emit(self, record):
            line = JsonFormatter().format(record)
            assert "\n" not in line
            written.append(json.loads(line))

    handler, level = Keep(), REQUESTS.level
    REQUESTS.addHandler(handler)
    REQUESTS.setLevel(logging.INFO)
    yield written
    REQUESTS.removeHandler(handler)
    REQUESTS.setLevel(level)


def figures(metrics: Metrics) -> dict[str, float]:
    """Return the figures by name and labels."""
    text = metrics.render().decode()
    rows = re.findall(r"^(captcha_\S+(?:\{.*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in rows}


async def refusing(scope, receive, send):
    await error_response(scope, 429, "RATE_LIMITED", "Wait.")(scope, receive, send)


async def failing(scope, receive, send):
    raise RuntimeError("the secret text of /tmp/my-file.png")


def test_a_request_is_one_line_and_is_counted(lines):
    metrics = Metrics()
    answer = ask(Observed(ok, metrics), "/api/read", "POST", content=b"12345")
    assert answer.text == "ok 5"
    (line,) = lines
    assert set(line) == {
        *("time", "level", "event", "route", "method", "status"),
        *("code", "ms", "bytes_in", "bytes_out", "client"),
    }
    assert (line["event"], line["route"], line["method"]) == ("request", "read", "POST")
    assert (line["status"], line["code"]) == (200, None)
    assert (line["bytes_in"], line["bytes_out"]) == (5, 4)
    found = figures(metrics)
    assert found['captcha_requests_total{route="read",status="200"}'] == 1
    assert found['captcha_request_seconds_count{route="read"}'] == 1


def test_a_refusal_has_its_code_in_the_log_and_in_the_figures(lines):
    metrics = Metrics()
    app = Observed(refusing, metrics)
    for _ in range(2):
        ask(app, "/api/read", "POST")
    assert [line["code"] for line in lines] == ["RATE_LIMITED"] * 2
    assert figures(metrics)['captcha_refusals_total{code="RATE_LIMITED"}'] == 2


def test_what_nobody_expected_is_answered_without_its_insides(lines):
    metrics = Metrics()
    answer = ask(Observed(failing, metrics), "/api/read", "POST")
    assert answer.status_code == 500
    assert answer.json() == {"code": "INTERNAL", "message": "Something went wrong on the server."}
    failure, request = lines
    assert (failure["event"], failure["level"]) == ("failure", "error")
    assert failure["error"] == "RuntimeError"
    assert any("test_observing.py" in place for place in failure["at"])
    assert "secret" not in str(lines)
    assert request["status"] == 500
    assert figures(metrics)['captcha_requests_total{route="read",status="500"}'] == 1


def test_an_answer_that_breaks_off_is_not_answered_twice(lines):
    async def breaking(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": CLIENT}
    asyncio.run(Observed(breaking, Metrics())(scope, None, send))
    assert len(sent) == 1


def test_neither_addresses_nor_names_of_files_are_written(lines):
    metrics = Metrics()
    path = "/gradio_api/file=/tmp/my-secret.png"
    ask(Observed(PlainTextResponse("x", 403), metrics), path)
    ask(Observed(PlainTextResponse("x", 404), metrics), "/other/my-secret.png?my-secret")
    ask(Observed(ok, metrics), "/api/read", "SECRET", headers={"X-My-Secret": "my-secret"})
    everything = str(lines) + metrics.render().decode()
    assert "secret" not in everything.lower()
    assert CLIENT[0] not in everything
    assert [line["route"] for line in lines] == ["file", "other", "read"]


def test_the_page_s_own_files_are_counted_but_not_logged_unless_they_fail(lines):
    metrics = Metrics()
    ask(Observed(ok, metrics), "/assets/a.js")
    assert lines == []
    ask(Observed(PlainTextResponse("x", 404), metrics), "/assets/b.js")
    assert len(lines) == 1
    assert figures(metrics)['captcha_requests_total{route="assets",status="200"}'] == 1


def test_streams_that_last_are_counted_but_not_timed():
    metrics = Metrics()
    ask(Observed(ok, metrics), "/gradio_api/heartbeat/0f")
    found = figures(metrics)
    assert found['captcha_requests_total{route="open_page",status="200"}'] == 1
    assert not [name for name in found if "seconds" in name]


def test_strangers_do_not_make_the_list_of_figures_longer():
    metrics = Metrics()
    app = Observed(JSONResponse({}, 404), metrics)
    ask(app, "/a", "GET")
    before = set(figures(metrics))
    for i in range(20):
        ask(app, f"/b{i}", f"METHOD{i}")
    assert set(figures(metrics)) == before


def test_a_client_has_a_name_that_tells_nothing():
    assert client_hash("203.0.113.7") == client_hash("203.0.113.7") != client_hash("203.0.113.8")
    assert re.fullmatch("[0-9a-f]{8}", client_hash("x"))


def test_logs_of_others_are_json_too(capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level, REQUESTS.level
    try:
        configure_logs(requests=False)
        logging.getLogger("other").warning("It is %s\nhere.", "late")
        logging.getLogger("other").info("nothing")
        REQUESTS.info("request")
        said = capsys.readouterr().err.splitlines()
        configure_logs(requests=True)
        REQUESTS.info("request")
        more = capsys.readouterr().err.splitlines()
    finally:
        root.handlers[:], root.level = before[:2]
        REQUESTS.setLevel(before[2])
    (line,) = map(json.loads, said)
    assert (line["level"], line["event"]) == ("warning", "It is late\nhere.")
    assert [json.loads(line)["event"] for line in more] == ["request"]


def test_figures_are_asked_for_when_somebody_looks():
    metrics, value = Metrics(), [1.0]
    metrics.watch("captcha_something", "Some.", lambda: value[0])
    assert figures(metrics)["captcha_something"] == 1
    value[0] = 7
    assert figures(metrics)["captcha_something"] == 7
