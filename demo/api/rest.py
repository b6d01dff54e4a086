"""The plain REST routes: files in, JSON out, in one request.

`/openapi.json` describes them. `/docs` shows the same in a browser by Swagger UI, which no package
that we need brings along: that page, and no other, loads scripts from outside.
"""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from captcha_model.errors import CaptchaError, ConstraintError, ImageError
from captcha_model.images.decode import MAX_BYTES
from captcha_model.inference.rows import json_row
from demo.api.errors import RETRY_SECONDS, error_response
from demo.api.options import read_options
from demo.api.schemas import (
    CHARSET,
    LEAST,
    LENGTH,
    PATTERN,
    FileFailure,
    FileReading,
    Problem,
    Reading,
)
from demo.middleware.allowlist import READ, READ_MANY
from demo.serving.batcher import DynamicBatcher, RequestTimeoutError
from demo.serving.queue import BusyError
from demo.serving.readings import MAX_IMAGES

# An empty field says nothing, as one that is left out.
Least = Annotated[float | None, Form(ge=0, le=1, description=LEAST)]
Charset = Annotated[str | None, Form(description=CHARSET)]
Length = Annotated[str | None, Form(description=LENGTH)]
Pattern = Annotated[str | None, Form(description=PATTERN)]

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request is not well-formed."},
    413: {"model": Problem, "description": "The image or the request is too large."},
    422: {
        "model": Problem,
        "description": "No image was sent, it cannot be read, or no text is as it is said to be.",
    },
    429: {"model": Problem, "description": "Too many requests; `Retry-After` says when again."},
    503: {"model": Problem, "description": "The server is busy; `Retry-After` says when again."},
}


def add_api(app: FastAPI, batcher: DynamicBatcher) -> None:
    """Add the routes, and answer every error of theirs with a `Problem`."""
    app.include_router(_routes(batcher))
    app.add_exception_handler(CaptchaError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_misfit)
    app.add_exception_handler(HTTPException, _answer_refusal)


def _routes(batcher: DynamicBatcher) -> APIRouter:
    routes = APIRouter(tags=["reading"])

    @routes.post(READ, operation_id="read", response_model=Reading, responses=_PROBLEMS)
    async def read(
        image: Annotated[UploadFile, File(description="PNG, JPEG, GIF, WebP or BMP.")],
        charset: Charset = None,
        length: Length = None,
        pattern: Pattern = None,
        min_confidence: Least = None,
    ) -> dict[str, Any]:
        """Read one image: its text, with a confidence for every character."""
        how = read_options(charset, length, pattern, min_confidence)
        return (await batcher.read(await image.read(MAX_BYTES + 1), how)).to_dict()

    @routes.post(
        READ_MANY,
        operation_id="read_many",
        response_model=list[FileReading | FileFailure],
        responses=_PROBLEMS,
    )
    async def read_many(
        images: Annotated[list[UploadFile], File(description=f"Up to {MAX_IMAGES} images.")],
        charset: Charset = None,
        length: Length = None,
        pattern: Pattern = None,
        min_confidence: Least = None,
    ) -> list[dict[str, Any]]:
        """Read several images, in order; one that cannot be read has an error in its place."""
        if len(images) > MAX_IMAGES:
            raise HTTPException(
                413, f"{len(images)} images are too many at once; up to {MAX_IMAGES} are read."
            )
        how = read_options(charset, length, pattern, min_confidence)
        rows = await batcher.read_many(((i.filename or "", i.file) for i in images), how)
        return [json_row(row.name, row.result) for row in rows]

    return routes


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaptchaError)
    if isinstance(error, BusyError | RequestTimeoutError):
        return error_response(request.scope, 503, error.code, str(error), retry_after=RETRY_SECONDS)
    if error.code == "IMAGE_TOO_LARGE":
        return error_response(request.scope, 413, error.code, str(error))
    known = isinstance(error, ImageError | ConstraintError)
    return error_response(request.scope, 422 if known else 500, error.code, str(error))


async def _answer_misfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    field = error.errors()[0]["loc"][1]
    if field == "min_confidence":
        message = f"{field} is a number from 0 to 1."
        return error_response(request.scope, 422, ConstraintError.code, message)
    message = f"Send multipart/form-data with an image file in the field {field!r}."
    return error_response(request.scope, 422, "REQUEST_INVALID", message)


async def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "REQUEST_TOO_LARGE" if error.status_code == 413 else "REQUEST_INVALID"
    return error_response(request.scope, error.status_code, code, error.detail)
