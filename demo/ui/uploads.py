"""Uploads to Gradio's API, which no library opens before the package's own decoder does."""

import base64
import binascii
from abc import ABCMeta
from pathlib import Path
from typing import Any

import gradio as gr

from captcha_model import MAX_IMAGE_BYTES


def call_error(code: str, message: str) -> gr.Error:
    """Return an error of a call, whose title is its stable code: Gradio has no field for it."""
    return gr.Error(message, title=code, print_exception=False)


class _NoStubFile(type(gr.Image)):  # type: ignore[misc]
    """Makes a component class without the stub file that Gradio writes beside its source."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        return ABCMeta.__new__(cls, name, bases, attributes)


class UploadedFile:
    """An uploaded file as an image source, which is open only while it is read.

    The decoder gets no path, so no error message can name a folder of the server.

    Args:
        path: of the file.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes.

        Args:
            size: at most this many, from 1.

        Raises:
            OSError: the file cannot be read.
        """
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._at)
            data = file.read(size)
        self._at += len(data)
        return data


class UploadedImage(gr.Image, metaclass=_NoStubFile):
    """An image component whose value is the upload as it came: a file, or its bytes.

    Gradio's component opens every upload with all formats of Pillow and without our limits. This is
    a class, because Gradio replaces a component by a new one of its class when it is updated.
    """

    is_template = True  # In the browser it is Gradio's own image component.

    def preprocess(self, payload: Any) -> UploadedFile | bytes | None:
        """Return the file of an upload, or the bytes of a data URL.

        `demo.middleware.json_guard` has checked that the path is that of an upload.

        Raises:
            gr.Error: it is neither an upload nor a data URL, or too large.
        """
        if payload is None:
            return None
        if payload.path:
            return UploadedFile(str(payload.path))
        return _from_data_url(payload.url or "")


def _from_data_url(url: str) -> bytes:
    head, _, body = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        raise call_error("REQUEST_INVALID", "Upload an image; addresses are not fetched.")
    if len(body) > MAX_IMAGE_BYTES * 4 // 3 + 4:
        raise call_error("IMAGE_TOO_LARGE", f"The image is over {MAX_IMAGE_BYTES >> 20} MiB.")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise call_error("REQUEST_INVALID", "The image's data is not base64.") from error
