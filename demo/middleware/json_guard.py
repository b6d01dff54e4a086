"""What JSON from outside may say: no depths, and no files but those that were uploaded.

Gradio takes files as JSON objects with a `path` on the server and a `url`. Mounted in another
application, version 6.31 reads any path of the server and fetches any public address that stands
there. So both are looked at before Gradio sees them.
"""

import json
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.api.errors import GRADIO, UPLOAD, error_response

MAX_DEPTH = 32
# Lists, objects and their values: 40 MB of empty lists would be a gigabyte once parsed. Images are
# long texts with one comma each.
MAX_PARTS = 100_000
_NESTED = "The JSON is nested too deeply."


class BadJsonError(Exception):
    """JSON that is not passed on; its text is for the sender."""


class JsonGuard:
    """ASGI middleware that refuses JSON that is none, too large in parts, or names server files.

    Args:
        app: the application behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or not _takes_json(scope):
            await self.app(scope, receive, send)
            return
        body = bytearray()
        while True:
            part = await receive()
            if part["type"] != "http.request":
                return
            body += part.get("body", b"")
            if not part.get("more_body", False):
                break
        try:
            check(bytes(body), files=scope["path"].startswith(GRADIO))
        except BadJsonError as error:
            await error_response(scope, 400, "REQUEST_INVALID", str(error))(scope, receive, send)
            return
        passed = False

        async def replay() -> Message:
            nonlocal passed
            if passed:
                return await receive()
            passed = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)


def _takes_json(scope: Scope) -> bool:
    path = scope["path"]
    is_ours = path == "/mcp" or (path.startswith(GRADIO) and path != UPLOAD)
    return is_ours and scope["method"] == "POST"


def check(body: bytes, *, files: bool) -> None:
    """Look at JSON.

    Args:
        body: of a request; an empty one passes.
        files: whether objects with a `path` or a `url` are files, as Gradio takes them.

    Raises:
        BadJsonError: it is not JSON, too deep, too rich, or names a file that was not uploaded.
    """
    if not body:
        return
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise BadJsonError("The JSON has too many parts.")
    try:
        level: list[Any] = [json.loads(body)]
    except RecursionError as error:
        raise BadJsonError(_NESTED) from error
    except ValueError as error:
        raise BadJsonError("The request is not valid JSON.") from error
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                if files:
                    _check_file(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        if not below:
            return
        level = below
    raise BadJsonError(_NESTED)


def _check_file(value: dict[str, Any]) -> None:
    path, url = value.get("path"), value.get("url")
    if path:
        if not (isinstance(path, str) and is_upload(path)):
            raise BadJsonError("Upload the file; paths and addresses are not read.")
    elif url and not (isinstance(url, str) and url.startswith("data:")):
        raise BadJsonError("Upload the file; addresses are not fetched.")


def is_upload(path: str) -> bool:
    """Whether a path leads into the folder of uploads, links included."""
    try:
        return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, ValueError):
        return False
