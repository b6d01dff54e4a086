"""The reading options as parameters of REST routes and MCP tools, derived from `ReadingOptions`."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from captcha_model import Option, ReadingOptions

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_reading_options(field: Callable[..., Any]) -> Callable[[Function], Function]:
    """Return a decorator that adds every option that servers offer to a function's signature.

    FastAPI and the MCP server read the signature, so that the options appear in `/openapi.json` and
    in the schemas of the tools. The function takes them as `**values`, for
    `ReadingOptions.from_request`.

    Args:
        field: describes a parameter: `fastapi.Form` or `pydantic.Field`.
    """

    def annotation(option: Option) -> Any:
        assert option.request_type
        description = f"{option.help} Default: {option.left_out}."
        bounds = {"ge": option.minimum, "le": option.maximum}
        return Annotated[option.request_type | None, field(description=description, **bounds)]

    def decorate(function: Function) -> Function:
        ReadingOptions.add_request_parameters(function, annotation)
        return function

    return decorate
