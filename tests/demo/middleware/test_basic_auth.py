import base64

import pytest
from limits import parse

from demo.middleware.basic_auth import Login
from demo.middleware.rate_limit import Allowance
from tests.demo.asgi import CLIENT, ask, ask_all, ok

APP = Login(ok, ("ann", "gehéim"))


@pytest.mark.parametrize("path", ["/", "/api/read", "/gradio_api/queue/join", "/mcp", "/metrics"])
def test_nobody_gets_anywhere_without_the_password(path):
    answer = ask(APP, path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "LOGIN_REQUIRED"
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert ask(APP, path, auth=("ann", "gehéim")).status_code == 200


def test_everybody_may_ask_whether_the_server_is_well():
    assert ask(APP, "/healthz").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Bearer " + base64.b64encode("ann:gehéim".encode()).decode(),
        "Basic " + base64.b64encode(b"ann:").decode(),
        "Basic " + base64.b64encode("ann:gehéim2".encode()).decode(),
        "Basic " + base64.b64encode("bob:gehéim".encode()).decode(),
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_not_the_password_does_not_pass(header):
    assert ask(APP, headers={"Authorization": header}).status_code == 401


def test_the_kind_of_login_is_read_in_any_case():
    header = "bAsIc  " + base64.b64encode("ann:gehéim".encode()).decode()
    assert ask(APP, headers={"Authorization": header}).status_code == 200


def test_guessing_is_limited_but_not_asking_without_a_password():
    app = Login(ok, ("ann", "right"), Allowance(parse("2/minute")))
    wrong = ("/", "GET", CLIENT, {"auth": ("ann", "wrong")})
    right = ("/", "GET", CLIENT, {"auth": ("ann", "right")})
    none = ("/", "GET", CLIENT, {})
    answers = ask_all(app, [none] * 5 + [wrong] * 3 + [right, none])
    assert [a.status_code for a in answers] == [401] * 5 + [401, 401, 429] + [200, 401]
