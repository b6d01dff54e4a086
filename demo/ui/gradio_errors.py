"""Errors of Gradio's own routes with a stable code, as all other routes have.

Gradio 6.31 answers a call of an unknown endpoint with an exception, breaks off the stream of an
unknown event, and waits for ever for an event whose result was fetched already.
"""

import json
from urllib.parse import parse_qs

from gradio.route_utils import FnIndexInferError
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.errors import GRADIO, RETRY_SECONDS, UPLOAD, error_response, note_code, noted_code
from ..middleware.allowlist import find_route
from ..serving.logs import REQUESTS
from .gradio_mount import Page

_CODE = "CALL_FAILED"
_FAILED = "The call failed, for example because its data are not what the endpoint takes."
_NO_EVENT = "There is no such event, or its result was fetched already."
_NO_ENDPOINT = "There is no such endpoint; /gradio_api/info lists all."
_INVALID = "The request is not what this address takes; /gradio_api/info describes the endpoints."
_INVALID_UPLOAD = "Send the files as multipart/form-data."
_NOT_FOUND = "There is nothing at this address."
_ERRORS = {
    403: (404, "NOT_FOUND", _NOT_FOUND),
    404: (404, "NOT_FOUND", _NOT_FOUND),
    405: (405, "METHOD_NOT_ALLOWED", "This address does not allow this method."),
    413: (413, "REQUEST_TOO_LARGE", "The request is too large."),
    500: (500, _CODE, _FAILED),
    503: (503, "SERVER_BUSY", "The server is busy: too many events wait. Try again in a moment."),
}
# All other routes are Gradio's.
_OWN_ROUTES = ("health", "metrics", "read", "read_many", "page_read", "mcp", "docs")
# What Gradio says of an exception that is none of its own.
_NO_MESSAGE = (b'{"error":null}', b'{"error": null}')
_WITH_MESSAGE = json.dumps({"error": _FAILED, "title": _CODE}).encode()


class GradioErrors:
    """ASGI middleware that gives every error of Gradio's routes a code and a message.

    Args:
        app: the application with the page.
        page: the page.
    """

    def __init__(self, app: ASGIApp, page: Page) -> None:
        self.app = app
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and replace its response if that is an error without a code."""
        route = find_route(scope["path"]) if scope["type"] == "http" else None
        if route is None or route.name in _OWN_ROUTES:
            await self.app(scope, receive, send)
            return
        is_fetched = route.name == "result" and scope["method"] == "GET"
        response = self._unknown_event(scope) if is_fetched else None
        if response is None:
            response = await self._respond(route.name, scope, receive, send)
        if response is not None:
            await response(scope, receive, send)

    def _unknown_event(self, scope: Scope) -> Response | None:
        """Return the response to a request for the results of an unknown event or session."""
        if scope["path"] != f"{GRADIO}queue/data":
            known = self.page.has_event(scope["path"].rpartition("/")[2])
            return None if known else error_response(scope, 404, "EVENT_UNKNOWN", _NO_EVENT)
        sessions = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash")
        if not sessions or self.page.has_session(sessions[-1]):
            return None
        note_code(scope, "EVENT_UNKNOWN")
        # The page looks for a message in the stream, and connects again after this one.
        message = {"msg": "unexpected_error", "message": _NO_EVENT, "session_not_found": True}
        content = json.dumps(
            {**message, "event_id": None, "success": False, "code": "EVENT_UNKNOWN"}
        )
        return PlainTextResponse(f"data: {content}\n\n", media_type="text/event-stream")

    async def _respond(
        self, route: str, scope: Scope, receive: Receive, send: Send
    ) -> Response | None:
        """Have the application respond; return the response to send in place of its error."""
        replaced = started = is_stream = False
        response: Response | None = None

        async def send_checked(message: Message) -> None:
            nonlocal replaced, started, is_stream, response
            if message["type"] == "http.response.start":
                replaced = message["status"] >= 400 and noted_code(scope) is None
                if replaced:
                    response = _error_of_status(scope, message["status"])
                started = not replaced
                content_type = dict(message["headers"]).get(b"content-type", b"")
                is_stream = content_type.startswith(b"text/event-stream")
            elif is_stream:
                for text in _NO_MESSAGE:
                    if text in message.get("body", b""):
                        note_code(scope, _CODE)
                        message["body"] = message["body"].replace(text, _WITH_MESSAGE)
            if not replaced:
                await send(message)

        try:
            await self.app(scope, receive, send_checked)
        except Exception as error:
            if started and is_stream:
                # Gradio has sent a message about it, so the stream ends here as any other.
                REQUESTS.exception("unhandled_exception")
                await send({"type": "http.response.body"})
                return None
            if started or route != "call":
                raise
            response = _error_of_call(scope, error)
            if response is None:
                raise
        return response


def _error_of_status(scope: Scope, status: int) -> Response:
    """Return the error response for a status of Gradio."""
    # 400 in place of 422, in which Gradio's client expects errors of another form.
    invalid = _INVALID_UPLOAD if scope["path"] == UPLOAD else _INVALID
    status, code, message = _ERRORS.get(status, (400, "REQUEST_INVALID", invalid))
    retry_after = RETRY_SECONDS if status == 503 else None
    return error_response(scope, status, code, message, retry_after=retry_after)


def _error_of_call(scope: Scope, error: Exception) -> Response | None:
    """Return the response to an exception that a call itself caused; None for any other."""
    if isinstance(error, FnIndexInferError | KeyError):
        return error_response(scope, 404, "ENDPOINT_UNKNOWN", _NO_ENDPOINT)
    if isinstance(error, TypeError | ValueError):
        return error_response(scope, 400, "REQUEST_INVALID", _INVALID)
    return None
