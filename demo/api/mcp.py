"""The reading functions as tools for MCP clients, over streamable HTTP at `/mcp`.

Gradio 6.31 could make tools of its endpoints, but of none that takes several files, and it would
fetch images from addresses. These take the image itself, and say in a schema what they answer.
"""

from typing import Annotated, Any

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations
from pydantic import Base64Bytes, BeforeValidator, Field
from starlette.applications import Starlette

from captcha_model.errors import CaptchaError
from captcha_model.prediction import Prediction
from demo.api.options import read_options
from demo.api.schemas import CHARSET, LEAST, LENGTH, PATTERN, Failure, Problem, Reading
from demo.middleware.body_limit import MAX_BODY_BYTES
from demo.serving.batcher import DynamicBatcher
from demo.serving.readings import MAX_IMAGES

HINTS = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)


def _without_head(image: Any) -> Any:
    """Return the base64 of a data URL, and anything else as it is."""
    is_data_url = isinstance(image, str) and image.startswith("data:")
    return image.partition(";base64,")[2] if is_data_url else image


Image = Annotated[
    Base64Bytes,
    BeforeValidator(_without_head, json_schema_input_type=str),
    Field(description="A PNG, JPEG, GIF, WebP or BMP file in base64, or as a data URL."),
]

Least = Annotated[float | None, Field(ge=0, le=1, description=LEAST)]
Charset = Annotated[str | None, Field(description=CHARSET)]
Length = Annotated[str | None, Field(description=LENGTH)]
Pattern = Annotated[str | None, Field(description=PATTERN)]


def create_tools(batcher: DynamicBatcher, host: str) -> Starlette:
    """Return an application with the one route `/mcp`; its lifespan must run.

    Args:
        batcher: where images are read.
        host: the address that the server listens on. On a loopback address only requests to that
            address are answered, so that no web page can send some under a name of its own.
    """
    server = FastMCP(
        "captcha_model",
        instructions="Reads short noisy codes in images: serial numbers, tickets, meters. "
        f"It knows the characters {batcher.model.config.characters!r} and no others.",
        host=host,
        stateless_http=True,
        json_response=True,
        max_request_body_size=MAX_BODY_BYTES,
        log_level="WARNING",
    )

    @server.tool(annotations=HINTS)
    async def read_image(
        image: Image,
        charset: Charset = None,
        length: Length = None,
        pattern: Pattern = None,
        min_confidence: Least = None,
    ) -> Reading:
        """Read the code in one image: its text, with a confidence for every character."""
        how = read_options(charset, length, pattern, min_confidence)
        return Reading.model_validate((await batcher.read(image, how)).to_dict())

    @server.tool(annotations=HINTS)
    async def read_images(
        images: Annotated[list[Image], Field(max_length=MAX_IMAGES)],
        charset: Charset = None,
        length: Length = None,
        pattern: Pattern = None,
        min_confidence: Least = None,
    ) -> list[Reading | Failure]:
        """Read the codes in several images, in order; one that cannot be read gives its error."""
        how = read_options(charset, length, pattern, min_confidence)
        rows = await batcher.read_many((("", image) for image in images), how)
        return [_answer(row.result) for row in rows]

    return server.streamable_http_app()


def _answer(result: Prediction | CaptchaError) -> Reading | Failure:
    if isinstance(result, CaptchaError):
        return Failure(error=Problem(code=result.code, message=str(result)))
    return Reading.model_validate(result.to_dict())
