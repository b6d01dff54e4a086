"""The routes that the page itself calls: images in, HTML and table rows out.

A reading that fails is a message to show, with status 200, so that it stands where the reading
would. The page sends images here and not through Gradio, whose components would open them first.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI, File, Request, UploadFile
from starlette.exceptions import HTTPException

from captcha_model import MAX_IMAGE_BYTES, CaptchaError, ReadingOptions

from ..api.errors import note_code
from ..api.options import MODEL
from ..api.rest import only_fields
from ..middleware.allowlist import PAGE_READ, PAGE_ROWS
from ..serving.models import ServedModels
from ..serving.queue import BusyError
from ..serving.readings import ShownImage
from .heatmap import heatmap_html
from .html import (
    MAX_PREVIEW,
    THUMBNAIL,
    TimedReading,
    png_url,
    problem_html,
    result_html,
    said,
)
from .next_steps import next_steps_html
from .table import table_row

# The page sends many images in groups of this size, so that it can say how far it is.
GROUP = 16


def add_page_routes(app: FastAPI, models: ServedModels) -> None:
    """Add the routes; see `demo.api.rest.add_api` for the errors of requests."""
    routes = APIRouter(include_in_schema=False)

    @routes.post(PAGE_READ, dependencies=[Depends(only_fields("image"))])
    async def read(request: Request, image: Annotated[UploadFile, File()]) -> dict[str, Any]:
        fields = await _fields(request)
        try:
            options = ReadingOptions.from_page(fields)
            batcher = await models.batcher(fields.get(MODEL))
            shown = ShownImage(await image.read(MAX_IMAGE_BYTES + 1), MAX_PREVIEW)
            timed = TimedReading(*await batcher.inspect(shown, options))
        except CaptchaError as error:
            return _problem(request, error)
        asked = fields.get(MODEL) or models.default
        html = await to_thread.run_sync(_show, models, asked, batcher.model.device, timed, shown)
        return {"html": html, "said": said(timed.inspection.reading)}

    @routes.post(PAGE_ROWS, dependencies=[Depends(only_fields("images"))])
    async def rows(request: Request, images: Annotated[list[UploadFile], File()]) -> dict[str, Any]:
        if len(images) > GROUP:
            raise HTTPException(413, f"The page sends at most {GROUP} images at once.")
        fields = await _fields(request)
        shown = [ShownImage(image.file, THUMBNAIL) for image in images]
        names = [image.filename or "" for image in images]
        try:
            options = ReadingOptions.from_page(fields)
            batcher = await models.batcher(fields.get(MODEL))
            found = await batcher.read_many(zip(names, shown, strict=True), options)
        except CaptchaError as error:
            return _problem(request, error)
        previews = (image.preview for image in shown)
        return {"rows": [table_row(*pair) for pair in zip(found, previews, strict=True)]}

    app.include_router(routes)


async def _fields(request: Request) -> Mapping[str, str]:
    """Return the text fields of a form."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _problem(request: Request, error: CaptchaError) -> dict[str, Any]:
    note_code(request.scope, error.code)
    message = str(error)
    busy = isinstance(error, BusyError)
    return {"html": problem_html(message), "said": message, "problem": message, "busy": busy}


def _show(
    models: ServedModels, asked: str, device: str, timed: TimedReading, shown: ShownImage
) -> str:
    assert shown.preview is not None  # The image was read, so it was decoded.
    steps = next_steps_html(
        timed.inspection.reading, models.entries[asked], [*models.entries.values()]
    )
    heatmap = heatmap_html(timed.inspection)
    return result_html(timed, png_url(shown.preview), heatmap, device, steps)
