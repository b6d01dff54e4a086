"""What the REST routes and the tools for MCP clients answer, as their schemas describe it."""

from typing import Annotated

from pydantic import BaseModel, Field

Confidence = Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]
Pixels = Annotated[
    float | None,
    Field(description="In pixels from the image's left edge; null where the model has no places."),
]


class Alternative(BaseModel):
    """Another character that could stand in a place."""

    text: str
    confidence: Confidence


class Character(BaseModel):
    """One character, where it stands and what else it could be."""

    text: str
    confidence: Confidence
    left: Pixels
    right: Pixels
    alternatives: Annotated[list[Alternative], Field(description="The likeliest first.")]


class Reading(BaseModel):
    """What an image says."""

    text: Annotated[str, Field(description="Empty where nothing was read.", examples=["2b827"])]
    confidence: Confidence
    characters: list[Character]


class Problem(BaseModel):
    """Why something could not be done."""

    code: Annotated[str, Field(description="Stable, for programs.", examples=["IMAGE_FORMAT"])]
    message: Annotated[str, Field(description="One or two sentences for a person.")]


class Failure(BaseModel):
    """What stands in the place of an image that cannot be read."""

    error: Problem


class FileReading(Reading):
    """What one file of many says."""

    file: str


class FileFailure(Failure):
    """Why one file of many could not be read."""

    file: str
