"""The plain REST routes: files in, JSON out, in one request.

`/openapi.json` describes them. `/docs` shows the same in a browser by Swagger UI, which no package
that we need brings along: that page, and no other, loads scripts from outside.
"""

from functools import partial
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, File, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from captcha_model.constraints import ConstraintError
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.model import CaptchaModel
from captcha_model.tables import json_row
from demo.asking import read_options
from demo.reading import MAX_IMAGES, read_named
from demo.schemas import (
    CHARSET,
    LEAST,
    LENGTH,
    PATTERN,
    FileFailure,
    FileReading,
    Problem,
    Reading,
)

READ, READ_MANY = "/api/read", "/api/read_many"

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
}


def add_api(app: FastAPI, model: CaptchaModel) -> None:
    """Add the routes, and answer every error of theirs with a `Problem`."""
    app.include_router(_routes(model))
    app.add_exception_handler(CaptchaError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_misfit)
    app.add_exception_handler(HTTPException, _answer_refusal)


def _routes(model: CaptchaModel) -> APIRouter:
    routes = APIRouter(tags=["reading"])
    # As on the page: off the event loop, and each function reads for one request at a time.
    one_turn, many_turns = CapacityLimiter(1), CapacityLimiter(1)

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
        predict = partial(model.predict, image.file, **how)
        reading = await to_thread.run_sync(predict, limiter=one_turn)
        return reading.to_dict()

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

        def rows() -> list[dict[str, Any]]:
            named = [(image.filename or "", image.file) for image in images]
            return [json_row(row.name, row.result) for row in read_named(model, named, how)]

        return await to_thread.run_sync(rows, limiter=many_turns)

    return routes


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(Problem(code=code, message=message).model_dump(), status)


async def _answer_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CaptchaError)
    if error.code == "IMAGE_TOO_LARGE":
        return _problem(413, error.code, str(error))
    known = isinstance(error, ImageError | ConstraintError)
    return _problem(422 if known else 500, error.code, str(error))


async def _answer_misfit(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    field = error.errors()[0]["loc"][1]
    if field == "min_confidence":
        return _problem(422, ConstraintError.code, f"{field} is a number from 0 to 1.")
    message = f"Send multipart/form-data with an image file in the field {field!r}."
    return _problem(422, "REQUEST_INVALID", message)


async def _answer_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = "REQUEST_TOO_LARGE" if error.status_code == 413 else "REQUEST_INVALID"
    return _problem(error.status_code, code, error.detail)
