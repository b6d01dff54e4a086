"""The reading functions as tools for MCP clients, over streamable HTTP at `/mcp`.

Gradio 6.31 could make tools of its endpoints, but not of one that takes several files, and it would
fetch images from addresses. These tools take the image itself, and schemas describe their results.
"""

from typing import Annotated, Any

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations
from pydantic import Base64Bytes, BeforeValidator, Field
from starlette.applications import Starlette

from captcha_model import CaptchaError, Prediction, ReadingOptions

from ..middleware.body_limit import MAX_BODY_BYTES
from ..serving.models import ServedModels
from ..serving.readings import MAX_IMAGES
from .options import MODEL, takes_reading_options
from .schemas import Failure, Problem, Reading

HINTS = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)


def _without_prefix(image: Any) -> Any:
    """Return the base64 text of a data URL, and any other value as it is."""
    is_data_url = isinstance(image, str) and image.startswith("data:")
    return image.partition(";base64,")[2] if is_data_url else image


Image = Annotated[
    Base64Bytes,
    BeforeValidator(_without_prefix, json_schema_input_type=str),
    Field(description="A PNG, JPEG, GIF, WebP or BMP file in base64, or as a data URL."),
]


def create_tools(models: ServedModels, host: str) -> Starlette:
    """Return an application with the one route `/mcp`; its lifespan must run.

    Args:
        models: read the images.
        host: the address that the server listens on. On a loopback address only requests to that
            address are answered, so that a web page cannot send requests under another host name.
    """
    server = FastMCP(
        "captcha_model",
        instructions="Reads short noisy codes in images: serial numbers, tickets, meters. "
        f"Characters that it knows: {models.model.characters!r}.",
        host=host,
        stateless_http=True,
        json_response=True,
        max_request_body_size=MAX_BODY_BYTES,
        log_level="WARNING",
    )

    @server.tool(annotations=HINTS)
    @takes_reading_options(Field, models)
    async def read_image(image: Image, **values: Any) -> Reading:
        """Read the code in one image: its text, with a confidence for every character."""
        batcher = await models.batcher(values.get(MODEL))
        reading = await batcher.read(image, ReadingOptions.from_request(values))
        return Reading.model_validate(reading.to_dict())

    @server.tool(annotations=HINTS)
    @takes_reading_options(Field, models)
    async def read_images(
        images: Annotated[list[Image], Field(max_length=MAX_IMAGES)], **values: Any
    ) -> list[Reading | Failure]:
        """Read the codes in several images, in order; one that cannot be read gives its error."""
        batcher = await models.batcher(values.get(MODEL))
        named = (("", image) for image in images)
        rows = await batcher.read_many(named, ReadingOptions.from_request(values))
        return [_result(row.result) for row in rows]

    return server.streamable_http_app()


def _result(result: Prediction | CaptchaError) -> Reading | Failure:
    if isinstance(result, CaptchaError):
        return Failure(error=Problem(code=result.code, message=str(result)))
    return Reading.model_validate(result.to_dict())
