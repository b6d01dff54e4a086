import pytest
from starlette.responses import PlainTextResponse

from demo.middleware.root_path import RootPath
from tests.demo.asgi import send_request


async def paths(scope, receive, send) -> None:
    """ASGI application that responds with the two paths of the request."""
    text = f"{scope['path']} {scope['raw_path'].decode()}"
    await PlainTextResponse(text)(scope, receive, send)


@pytest.mark.parametrize("root_path", ["/captcha", "https://page.example/captcha"])
def test_the_prefix_is_removed_where_the_proxy_left_it(root_path):
    app = RootPath(paths, root_path)
    for path in ("/captcha/api/read", "/api/read"):
        assert send_request(app, path).text == "/api/read /api/read"
    assert send_request(app, "/captcha/").text == "/ /"
    assert send_request(app, "/captcha/a%20b").text == "/a b /a%20b"
    assert send_request(app, "/captchas").text == "/captchas /captchas"


def test_the_prefix_alone_leads_to_the_page():
    response = send_request(RootPath(paths, "/captcha"), "/captcha?__theme=dark")
    assert (response.status_code, response.headers["Location"]) == (308, "/captcha/?__theme=dark")


@pytest.mark.parametrize("root_path", ["", "https://page.example"])
def test_without_a_prefix_every_path_stays(root_path):
    assert send_request(RootPath(paths, root_path), "/api/read").text == "/api/read /api/read"
