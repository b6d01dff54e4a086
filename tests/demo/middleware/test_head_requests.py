from demo.api.errors import error_response, noted_code
from demo.middleware.head_requests import HeadRequests
from tests.demo.asgi import ok, send_request


def test_head_is_answered_as_get_without_the_body():
    for method, content in (("HEAD", b""), ("GET", b"ok 0"), ("POST", b"ok 0")):
        response = send_request(HeadRequests(ok), "/healthz", method)
        assert response.status_code == 200
        assert response.headers["Content-Length"] == "4"
        assert response.content == content


def test_the_code_of_an_error_reaches_the_middleware_before():
    async def failing(scope, receive, send):
        assert scope["method"] == "GET"
        await error_response(scope, 404, "NOT_FOUND", "Nothing.")(scope, receive, send)

    codes = []

    async def outer(scope, receive, send):
        await HeadRequests(failing)(scope, receive, send)
        codes.append(noted_code(scope))

    assert send_request(outer, "/x", "HEAD").status_code == 404
    assert codes == ["NOT_FOUND"]
