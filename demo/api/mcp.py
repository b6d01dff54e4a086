"""The reading functions as tools for MCP clients, over streamable HTTP at `/mcp`.

Gradio 6.31 could make tools of its endpoints, but not of one that takes several files, and it would
fetch images from addresses. These tools take the image itself, and schemas describe their results.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import ContentBlock, Tool, ToolAnnotations
from pydantic import Field
from starlette.applications import Starlette

from captcha_model import CaptchaError, Prediction, ReadingOptions

from ..middleware.body_limit import MAX_BODY_BYTES
from ..serving.models import ServedModels
from ..serving.readings import MAX_IMAGES
from .options import MODEL, takes_reading_options
from .schemas import Failure, Problem, Reading

HINTS = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)


_DATA = "data:"

# Each is decoded where it is read, so that one that is not base64 is the error of that image only.
Image = Annotated[
    str,
    Field(description="A PNG, JPEG, GIF, WebP or BMP file in base64, or as a data URL."),
]


class StrictTools(FastMCP):
    """Tools that reject unknown arguments; FastMCP would drop them, and a constraint with them."""

    async def list_tools(self) -> list[Tool]:
        """Return the tools, whose schemas say that there are no other arguments."""
        tools = await super().list_tools()
        for tool in tools:
            tool.inputSchema = {**tool.inputSchema, "additionalProperties": False}
        return tools

    async def call_tool(
        self, name: str, arguments: dict[str, Any]
    ) -> Sequence[ContentBlock] | dict[str, Any]:
        """Call a tool.

        Raises:
            ToolError: there is no such tool or argument, or the tool fails.
        """
        for tool in await self.list_tools():
            known = tool.inputSchema["properties"]
            unknown = [argument for argument in arguments if argument not in known]
            if tool.name == name and unknown:
                raise ToolError(
                    f"{name} has no argument {unknown[0]!r:.100}. Known: {', '.join(known)}."
                )
        return await super().call_tool(name, arguments)


def create_tools(models: ServedModels, host: str) -> Starlette:
    """Return an application with the one route `/mcp`; its lifespan must run.

    Args:
        models: read the images.
        host: the address that the server listens on. On a loopback address only requests to that
            address are answered, so that a web page cannot send requests under another host name.
    """
    server = StrictTools(
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
        reading = await batcher.read(_source(image), ReadingOptions.from_request(values))
        return Reading.model_validate(reading.to_dict())

    @server.tool(annotations=HINTS)
    @takes_reading_options(Field, models)
    async def read_images(
        images: Annotated[list[Image], Field(max_length=MAX_IMAGES)], **values: Any
    ) -> list[Reading | Failure]:
        """Read the codes in several images, in order; one that cannot be read gives its error."""
        batcher = await models.batcher(values.get(MODEL))
        named = (("", _source(image)) for image in images)
        rows = await batcher.read_many(named, ReadingOptions.from_request(values))
        return [_result(row.result) for row in rows]

    return server.streamable_http_app()


def _source(image: str) -> str:
    """Return an image as a data URL; a text that is none is base64 and never a path."""
    is_data_url = image[: len(_DATA)].lower() == _DATA
    return image if is_data_url else f"{_DATA};base64,{image}"


def _result(result: Prediction | CaptchaError) -> Reading | Failure:
    if isinstance(result, CaptchaError):
        return Failure(error=Problem(code=result.code, message=str(result)))
    return Reading.model_validate(result.to_dict())
