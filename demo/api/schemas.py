"""What the REST routes and the tools for MCP clients take and answer, as their schemas say it."""

from typing import Annotated

from pydantic import BaseModel, Field

from captcha_model.prediction import RejectionReason

LEAST = "From 0 to 1: a reading with a lower confidence is not accepted. Left out: the model's own."
CHARSET = "The only characters that a text may have. Left out: all that the model knows."
LENGTH = "How many characters a text has: '5', '4-6', '4-' for 4 or more, '-6' for up to 6."
PATTERN = (
    "A class of characters for every place, as in regular expressions, each perhaps followed by "
    "{n}: '[a-f]{2}\\d{4}'."
)

Confidence = Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]
Pixels = Annotated[
    float | None,
    Field(description="In pixels from the image's left edge; null where the model has no places."),
]


class Alternative(BaseModel):
    """Another character that could stand in a place, or another text."""

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
    confidence: Annotated[
        float, Field(ge=0, le=1, description="From 0 to 1: how probably the whole text is right.")
    ]
    accepted: Annotated[
        bool, Field(description="Whether the text is to be relied on, by the least confidence.")
    ]
    rejection_reason: Annotated[
        RejectionReason | None,
        Field(description="Why the reading is not accepted; null where it is."),
    ]
    characters: list[Character]
    runner_up: Annotated[
        Alternative | None, Field(description="The likeliest text that is one edit away.")
    ]
    length_variant: Annotated[
        Alternative | None,
        Field(description="The likeliest of those with a character more or less."),
    ]


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
