"""The plain REST routes: image files in, JSON out, in one request.

`/openapi.json` describes them. `/docs` shows the description in a browser by Swagger UI, which no
installed package contains: this page, and no other, loads scripts from another site.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from captcha_model import (
    MAX_IMAGE_BYTES,
    CaptchaError,
    ConstraintError,
    ImageError,
    ReadingOptions,
)

from ..middleware.allowlist import READ, READ_MANY
from ..serving.batcher import RequestTimeoutError
from ..serving.models import ModelUnknownError, ServedModels
from ..serving.queue import BusyError
from ..serving.readings import MAX_IMAGES
from .errors import RETRY_SECONDS, error_response
from .options import MODEL, takes_reading_options
from .schemas import FileFailure, FileReading, Problem, Reading

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request is not well-formed."},
    413: {"model": Problem, "description": "The image or the request is too large."},
    422: {
        "model": Problem,
        "description": "No image was sent, it cannot be read, or an option is not valid.",
    },
    429: {"model": Problem, "description": "Too many requests; see the header `Retry-After`."},
    503: {"model": Problem, "description": "The server is busy; see the header `Retry-After`."},
}


def add_api(app: FastAPI, models: ServedModels) -> None:
    """Add the routes, and answer each of their errors with a `Problem`."""
    app.include_router(_routes(models))
    app.add_exception_handler(CaptchaError, _on_captcha_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)


def _routes(models: ServedModels) -> APIRouter:
    routes = APIRouter(tags=["reading"])

    @routes.post(
        READ,
        operation_id="read",
        response_model=Reading,
        responses=_PROBLEMS,
        dependencies=[Depends(only_fields("image"))],
    )
    @takes_reading_options(Form, models)
    async def read(
        image: Annotated[UploadFile, File(description="PNG, JPEG, GIF, WebP or BMP.")],
        **values: Any,
    ) -> dict[str, Any]:
        """Read one image: its text, with a confidence for every character."""
        options = ReadingOptions.from_request(values)
        batcher = await models.batcher(values[MODEL])
        return (await batcher.read(await image.read(MAX_IMAGE_BYTES + 1), options)).to_dict()

    @routes.post(
        READ_MANY,
        operation_id="read_many",
        response_model=list[FileReading | FileFailure],
        responses=_PROBLEMS,
        dependencies=[Depends(only_fields("images"))],
    )
    @takes_reading_options(Form, models)
    async def read_many(
        images: Annotated[list[UploadFile], File(description=f"At most {MAX_IMAGES} images.")],
        **values: Any,
    ) -> list[dict[str, Any]]:
        """Read several images, in order; one that cannot be read has an error in its place."""
        if len(images) > MAX_IMAGES:
            raise HTTPException(
                413, f"{len(images)} images are too many in one request; the limit is {MAX_IMAGES}."
            )
        options = ReadingOptions.from_request(values)
        batcher = await models.batcher(values[MODEL])
        rows = await batcher.read_many(((i.filename or "", i.file) for i in images), options)
        return [row.to_dict() for row in rows]

    return routes


def only_fields(files: str) -> Callable[[Request], Awaitable[None]]:
    """Return a dependency that rejects unknown and repeated fields, which drop a constraint.

    Args:
        files: the field of the image files.
    """
    known = (files, *(option.name for option in ReadingOptions.offered()), MODEL)

    async def check(request: Request) -> None:
        if request.query_params:
            raise HTTPException(422, "Send options as form fields, not in the address.")
        given = [field for field, _ in (await request.form()).multi_items()]
        for field in given:
            if field not in known:
                raise HTTPException(
                    422, f"There is no form field {field!r:.100}. Known: {', '.join(known)}."
                )
            if field != "images" and given.count(field) > 1:
                raise HTTPException(422, f"Send the form field {field!r} once.")

    return check


async def _on_captcha_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CaptchaError)
    if isinstance(error, BusyError | RequestTimeoutError):
        return error_response(request.scope, 503, error.code, str(error), retry_after=RETRY_SECONDS)
    if error.code == "IMAGE_TOO_LARGE":
        return error_response(request.scope, 413, error.code, str(error))
    is_input_error = isinstance(error, ImageError | ConstraintError | ModelUnknownError)
    return error_response(request.scope, 422 if is_input_error else 500, error.code, str(error))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    field = error.errors()[0]["loc"][1]
    for option in ReadingOptions.offered():
        if option.name == field:
            return error_response(request.scope, 422, ConstraintError.code, option.requirement)
    message = f"Send multipart/form-data with an image file in the field {field!r}."
    return error_response(request.scope, 422, "REQUEST_INVALID", message)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = "REQUEST_TOO_LARGE" if error.status_code == 413 else "REQUEST_INVALID"
    return error_response(request.scope, error.status_code, code, error.detail)
