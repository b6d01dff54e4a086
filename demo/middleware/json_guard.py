"""Checks of JSON bodies: limited depth and size, and no files but uploaded ones.

Gradio represents a file as a JSON object with a `path` on the server and a `url`. Both are checked
before Gradio sees them, so that a request can name nothing but an upload or a data URL.
"""

import json
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..api.errors import GRADIO, UPLOAD, error_response

MAX_DEPTH = 32
# Values in lists and objects; parsed values take far more memory than their text. An image is one
# long string.
MAX_VALUES = 100_000
_TOO_DEEP = "The JSON is nested too deeply."


class JsonRejectedError(Exception):
    """A JSON body is rejected; the message is sent to the client."""


class JsonGuard:
    """ASGI middleware that rejects JSON that is invalid, too large or names files of the server.

    Args:
        app: the next application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or reject it with 400."""
        if scope["type"] != "http" or not _has_json(scope):
            await self.app(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        try:
            check_json(bytes(body), has_files=scope["path"].startswith(GRADIO))
        except JsonRejectedError as error:
            response = error_response(scope, 400, "REQUEST_INVALID", str(error))
            await response(scope, receive, send)
            return
        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)


def _has_json(scope: Scope) -> bool:
    path = scope["path"]
    is_json_route = path == "/mcp" or (path.startswith(GRADIO) and path != UPLOAD)
    return is_json_route and scope["method"] == "POST"


def check_json(body: bytes, *, has_files: bool) -> None:
    """Check a JSON body.

    Args:
        body: the body of a request; an empty one passes.
        has_files: whether objects with a `path` or a `url` are files, as in Gradio's API.

    Raises:
        JsonRejectedError: the body is not JSON, has too many values or too deep ones, or names a
            file that was not uploaded.
    """
    if not body:
        return
    # Before parsing: every list, object and further value needs one of these characters.
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise JsonRejectedError("The JSON has too many values.")
    try:
        level: list[Any] = [json.loads(body)]
    except RecursionError as error:
        raise JsonRejectedError(_TOO_DEEP) from error
    except ValueError as error:
        raise JsonRejectedError("The request is not valid JSON.") from error
    for _ in range(MAX_DEPTH):
        children: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                if has_files:
                    _check_file(value)
                children.extend(value.values())
            elif isinstance(value, list):
                children.extend(value)
        if not children:
            return
        level = children
    raise JsonRejectedError(_TOO_DEEP)


def _check_file(value: dict[str, Any]) -> None:
    path, url = value.get("path"), value.get("url")
    if path:
        if not (isinstance(path, str) and is_upload(path)):
            raise JsonRejectedError("Upload the file; paths and addresses are not read.")
    elif url and not (isinstance(url, str) and url.startswith("data:")):
        raise JsonRejectedError("Upload the file; addresses are not fetched.")


def is_upload(path: str) -> bool:
    """Return whether a path, with its links resolved, lies in the upload folder."""
    try:
        return Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve())
    except (OSError, ValueError):
        return False
