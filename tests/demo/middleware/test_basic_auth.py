import base64

import pytest
from limits import parse

from demo.middleware.basic_auth import BasicAuth
from demo.middleware.rate_limit import ClientRates
from tests.demo.asgi import CLIENT, ok, send_request, send_requests

APP = BasicAuth(ok, ("ann", "gehéim"))


@pytest.mark.parametrize("path", ["/", "/api/read", "/gradio_api/queue/join", "/mcp", "/metrics"])
def test_every_route_requires_the_password(path):
    response = send_request(APP, path)
    assert response.status_code == 401
    assert response.json()["code"] == "LOGIN_REQUIRED"
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert send_request(APP, path, auth=("ann", "gehéim")).status_code == 200


def test_health_needs_no_password():
    assert send_request(APP, "/healthz").status_code == 200


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
def test_wrong_or_malformed_credentials_are_rejected(header):
    assert send_request(APP, headers={"Authorization": header}).status_code == 401


def test_the_scheme_is_case_insensitive():
    header = "bAsIc  " + base64.b64encode("ann:gehéim".encode()).decode()
    assert send_request(APP, headers={"Authorization": header}).status_code == 200


@pytest.mark.usefixtures("frozen_clock")
def test_wrong_passwords_are_rate_limited_but_not_missing_ones():
    app = BasicAuth(ok, ("ann", "right"), ClientRates(parse("2/minute")))
    wrong = ("/", "GET", CLIENT, {"auth": ("ann", "wrong")})
    right = ("/", "GET", CLIENT, {"auth": ("ann", "right")})
    none = ("/", "GET", CLIENT, {})
    responses = send_requests(app, [none] * 5 + [wrong] * 3 + [right, none])
    assert [a.status_code for a in responses] == [401] * 5 + [401, 401, 429] + [200, 401]
