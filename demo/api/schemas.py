"""The responses of the REST routes and the MCP tools, as schemas."""

from typing import Annotated

from pydantic import BaseModel, Field

from captcha_model import RejectionReason

Confidence = Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]
Pixels = Annotated[
    float | None,
    Field(description="In pixels from the image's left edge; null where the model has no spans."),
]


class Alternative(BaseModel):
    """Another character for a position, or another text."""

    text: str
    confidence: Confidence


class Character(BaseModel):
    """One character, with its span and its alternatives."""

    text: str
    confidence: Confidence
    left: Pixels
    right: Pixels
    alternatives: Annotated[list[Alternative], Field(description="The most likely first.")]


class Reading(BaseModel):
    """The reading of an image."""

    text: Annotated[str, Field(description="Empty where nothing was read.", examples=["2b827"])]
    value: Annotated[
        int | None,
        Field(
            description="Of a text that is a sum, such as 20 of '12+8=?'; null without "
            "`arithmetic`, and where the text has none, which `warnings` then say."
        ),
    ]
    confidence: Annotated[
        float, Field(ge=0, le=1, description="From 0 to 1: the probability that the text is right.")
    ]
    accepted: Annotated[
        bool, Field(description="Whether the reading is accepted, by the minimum confidence.")
    ]
    rejection_reason: Annotated[
        RejectionReason | None,
        Field(description="Why the reading is rejected; null if it is accepted."),
    ]
    constraint_probability: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="From 0 to 1: how likely the image makes what charset, length and pattern "
            "allow, or the lengths that the model expects where the text has another one; null "
            "without them.",
        ),
    ]
    characters: list[Character]
    runner_up: Annotated[
        Alternative | None, Field(description="The most likely text that is one edit away.")
    ]
    length_variant: Annotated[
        Alternative | None,
        Field(description="The most likely text with one character more or less."),
    ]
    warnings: Annotated[
        list[str],
        Field(
            description="Sentences about the image or the options, such as that only one of its "
            "frames was read, characters that the model lacks, or which other model may read an "
            "image that is out of distribution."
        ),
    ]
    model: Annotated[
        str | None,
        Field(
            description="The name of the bundled model that read the image; null for another one.",
            examples=["captcha-images-v2"],
        ),
    ]


class Problem(BaseModel):
    """An error."""

    code: Annotated[str, Field(description="Stable, for programs.", examples=["IMAGE_FORMAT"])]
    message: Annotated[str, Field(description="One or two sentences for people.")]


class Failure(BaseModel):
    """The error of an image that cannot be read, in the place of its reading."""

    error: Problem


class FileReading(Reading):
    """The reading of one of several files."""

    file: str


class FileFailure(Failure):
    """The error of one of several files."""

    file: str
