import pytest

from demo.middleware.same_origin import SameOrigin
from tests.demo.asgi import ok, send_request

APP = SameOrigin(ok)


def post(app=APP, method: str = "POST", **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send_request(app, "/api/read", method, headers=named)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "cross-site", "origin": "http://test"},
        {"sec_fetch_site": "same-site", "origin": "http://other.test"},
        {"origin": "https://elsewhere.example"},
        {"origin": "http://test:81"},
        {"origin": "http://test.elsewhere.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://"},
        {"origin": "https://elsewhere.example", "x_forwarded_host": "page.example"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_requests_of_other_origins_are_rejected_with_a_code(headers, method):
    response = post(method=method, **headers)
    assert (response.status_code, response.json()["code"]) == (403, "CROSS_ORIGIN")


@pytest.mark.parametrize(
    "headers",
    [
        {},  # curl and Gradio's client
        {"sec_fetch_site": "same-origin", "origin": "http://test"},
        {"sec_fetch_site": "none"},
        {"origin": "http://test"},
        {"origin": "https://test"},  # A proxy with TLS passes on the Host header.
        {"origin": "https://TEST", "host": "test:443"},
        {"origin": "http://test:7860", "host": "test:7860"},
        {"origin": "http://[::1]:7860", "host": "[::1]:7860"},
        # A proxy that replaces the Host header.
        {"origin": "https://page.example", "x_forwarded_host": "page.example"},
        {"origin": "https://page.example", "x_forwarded_host": "page.example, inner.example"},
        {"origin": "https://page.example", "sec_fetch_site": "same-origin", "host": "10.0.0.7"},
    ],
)
def test_the_page_itself_proxies_and_clients_that_are_no_browsers_are_let_through(headers):
    assert post(**headers).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_methods_that_change_nothing_are_let_through(method):
    assert post(method=method, origin="https://elsewhere.example").status_code == 200


def test_the_public_url_is_an_origin_of_the_server():
    app = SameOrigin(ok, "https://page.example:8443/captcha")
    assert post(app, origin="https://page.example:8443").status_code == 200
    assert post(app, origin="https://page.example").status_code == 403
    assert post(SameOrigin(ok, "/captcha"), origin="null").status_code == 403
