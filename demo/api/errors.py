"""How the server says no before any route has a say."""

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Scope

GRADIO = "/gradio_api/"
UPLOAD = "/gradio_api/upload"
# A client that is told to wait may try again after so many seconds.
RETRY_SECONDS = 2


def error_response(
    scope: Scope, status: int, code: str, message: str, *, retry_after: int | None = None
) -> Response:
    """Return an answer that refuses a request, and note its code for metrics and logs.

    Args:
        scope: the request.
        status: of HTTP.
        code: stable, for programs.
        message: one or two sentences for a person.
        retry_after: after how many seconds to try again.
    """
    note_code(scope, code)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if scope["path"] == UPLOAD:
        # Gradio's page shows the body of this answer as it is, so that it has to be a sentence.
        return PlainTextResponse(f"{message} ({code})", status, headers)
    content = {"code": code, "message": message}
    if scope["path"].startswith(GRADIO):
        # Where Gradio's page and its clients look for what to show.
        content["detail"] = message
    return JSONResponse(content, status, headers)


def note_code(scope: Scope, code: str) -> None:
    """Keep the code of a rejection_reason with the request."""
    scope.setdefault("state", {})["code"] = code


def noted_code(scope: Scope) -> str | None:
    """Return the code that was kept with a request; None where nothing was refused."""
    code: str | None = scope.get("state", {}).get("code")
    return code
