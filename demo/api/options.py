"""The parameters that all requests for a reading have: the reading options and the model.

The options are derived from `ReadingOptions`.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import StrictInt

from captcha_model import Option, ReadingOptions

from ..serving.models import ServedModels

MODEL = "model"

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_reading_options(
    field: Callable[..., Any], models: ServedModels
) -> Callable[[Function], Function]:
    """Return a decorator that adds every option that servers offer, and the model, to a signature.

    FastAPI and the MCP server read the signature, so that the options appear in `/openapi.json` and
    in the schemas of the tools. The function takes them as `**values`, for
    `ReadingOptions.from_request`, and the model's name among them as `model`.

    Args:
        field: describes a parameter: `fastapi.Form` or `pydantic.Field`.
        models: the models that a request may name.
    """

    def annotation(option: Option) -> Any:
        assert option.request_type
        # Strict, because true and false are numbers of Python.
        kind = option.request_type | StrictInt if option.number_too else option.request_type
        bounds = {"ge": option.minimum, "le": option.maximum}
        described = field(description=describe_option(option), **bounds)
        return Annotated[kind | None, described]

    def decorate(function: Function) -> Function:
        ReadingOptions.add_request_parameters(function, annotation)
        signature = inspect.signature(function)
        described = Annotated[str | None, field(description=describe_model(models))]
        named = inspect.Parameter(
            MODEL, inspect.Parameter.KEYWORD_ONLY, annotation=described, default=None
        )
        function.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*signature.parameters.values(), named]
        )
        return function

    return decorate


def describe_option(option: Option) -> str:
    """Return the sentences about an option in the description of an API."""
    return f"{option.help} Default: {option.left_out}."


def describe_model(models: ServedModels) -> str:
    """Return the sentences about the parameter `model` in the description of an API."""
    return f"The model that reads: {', '.join(models.entries)}. Default: {models.default}."
