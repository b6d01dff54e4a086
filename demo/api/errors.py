"""Error responses, the same for all routes and middleware."""

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

GRADIO = "/gradio_api/"
UPLOAD = "/gradio_api/upload"
# The value of `Retry-After` where the server is busy.
RETRY_SECONDS = 2


def error_response(
    scope: Scope, status: int, code: str, message: str, *, retry_after: int | None = None
) -> Response:
    """Return an error response, and keep its code for metrics and the access log.

    Args:
        scope: the request.
        status: the HTTP status.
        code: the stable error code, for programs.
        message: one or two sentences for people.
        retry_after: the number of seconds after which to try again.
    """
    note_code(scope, code)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if scope["path"] == UPLOAD:
        # Gradio's page shows the body of this response as it is, so it must be a sentence.
        return PlainTextResponse(f"{message} ({code})", status, headers)
    content = {"code": code, "message": message}
    if scope["path"].startswith(GRADIO):
        # Gradio's page and its clients show this field.
        content["detail"] = message
    return JSONResponse(content, status, headers)


def note_code(scope: Scope, code: str) -> None:
    """Keep the error code of a response with its request."""
    scope.setdefault("state", {})["code"] = code


def noted_code(scope: Scope) -> str | None:
    """Return the error code that was kept with a request; None where there was no error."""
    code: str | None = scope.get("state", {}).get("code")
    return code
