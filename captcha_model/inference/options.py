r"""The options of a reading, each defined once for Python, command line, REST, MCP and web page.

An option is a field of `ReadingOptions` whose metadata says all that those need: how a text becomes
its value, which values are valid, its help, whether servers and the page offer it. To add an
option, add the field and its entry in `ReadingKeywords`, and use it in
`captcha_model.inference.decoder`.
"""

from dataclasses import dataclass
from typing import TypedDict, cast

from captcha_model.config import MOST_VIEWS
from captcha_model.decoding.best_path import BEAM_WIDTH
from captcha_model.decoding.constraints import Length
from captcha_model.decoding.letter_case import CASES, Case
from captcha_model.decoding.patterns import MAX_LENGTH
from captcha_model.images.sanitize import FrameChoice
from captcha_model.inference import option_checks
from captcha_model.inference.option import (
    Function,
    PageField,
    document_options,
    name_unknown_keywords,
    option,
)
from captcha_model.inference.option_set import OptionSet
from captcha_model.inference.option_texts import (
    parse_case,
    parse_flag,
    parse_frame_choice,
    parse_integer,
    parse_length,
    parse_number,
    parse_percent,
)


@dataclass(frozen=True)
class ReadingOptions(OptionSet):
    r"""What is known about the texts beforehand, and how confident a reading must be.

    Each field is a keyword argument of `CaptchaModel.predict` and of the other reading methods, an
    option of `captcha-model predict`, and where servers offer it a form field of the REST routes, a
    parameter of the MCP tools and a field on the page.

    Attributes:
        charset: the only characters a text may contain; None allows all.
        length: the number of characters, or (least, most), either of which may be None. None takes
            the model's own, which a few labels may have given it; (0, None) is any number.
        pattern: a pattern that the whole text matches, such as "[a-f]{2}\d{4}"; see
            `captcha_model.decoding.patterns`.
        case: "keep" reads the two cases of a letter as two characters; "ignore" as one, whose
            confidence counts both and which is shown in the likelier case; "lower" and "upper" as
            one in that case; see `captcha_model.decoding.letter_case`. None takes the model's own.
        min_confidence: the lowest confidence, from 0 to 1, at which a reading is accepted; None
            takes the model's own threshold.
        min_constraint_probability: the lowest probability of charset, length and pattern by the
            image alone, from 0 to 1, at which a reading is accepted; 0 trusts them whatever it
            shows, None takes the model's own threshold.
        beam_width: how many prefixes the beam search keeps; 0 takes the best path instead.
        views: at how many widths, from 1 to 5, an image is read. The others are looked at where the
            first reading is less likely than `min_confidence`, and the probabilities are the means
            over all. Models of one width have one view. None takes the model's own, which is that
            of its training: 3 by the recipe `adapt`, else 1.
        frames: what of an animation is read: a frame's number, counted from 0, "first" or "last";
            or all frames as one image, "darkest" or "lightest". None takes the first, and the
            reading has a warning if there are others.
        arithmetic: whether the value of a text that is a sum, such as "12+8=?", is computed.

    Raises:
        ConstraintError: a value is of the wrong type or out of bounds. Whether the model can read
            such texts at all is checked when it reads.
    """

    charset: str | None = option(
        None,
        description="the only characters a text may contain",
        left_out="all characters that the model knows",
        expected="a string of characters",
        is_valid=option_checks.is_text,
        metavar="CHARACTERS",
        request_type=str,
        page=PageField("Only these characters", "all that the model knows"),
    )
    length: Length | None = option(  # noqa: RUF009 It is a dataclass field.
        None,
        description="the number of characters of a text",
        left_out="the model's own, else any number",
        expected=f"a whole number from 0 to {MAX_LENGTH}, or a least and a greatest one "
        "in ascending order, either of which may be left out",
        is_valid=option_checks.is_length,
        parse=parse_length,
        text_form="5, 4-6, 4- (at least 4), -6 (at most 6) or any",
        metavar="N|MIN-MAX|MIN-|-MAX|any",
        request_type=str,
        number_too=True,
        page=PageField("Length", "any, 5, 4-6, 4- or -6; empty: the model's own"),
    )
    pattern: str | None = option(
        None,
        description="a pattern that the whole text matches, in the notation of regular "
        r"expressions, such as '[a-f]{2}\d{4}' or 'AB-\d{3,5}|[xyz]+'",
        left_out="no pattern",
        expected="a string",
        is_valid=option_checks.is_text,
        request_type=str,
        page=PageField("Pattern", r"none, or for example [a-f]{2}\d{4}"),
    )
    case: Case | None = option(  # noqa: RUF009 It is a dataclass field.
        None,
        description="what is done with the case of letters: 'keep' has two characters for the two "
        "cases, 'ignore' one, which is shown in its likelier case, 'lower' and 'upper' one in that "
        "case",
        left_out="the model's own, which is 'keep' unless it was trained to ignore case",
        expected=f"one of {', '.join(map(repr, CASES))}",
        is_valid=option_checks.is_case,
        parse=parse_case,
        metavar="|".join(CASES),
        request_type=str,
        page=PageField("Case", "the model's own, or keep, ignore, lower or upper"),
    )
    min_confidence: float | None = option(
        None,
        description="the lowest confidence, from 0 to 1, at which a reading is accepted",
        left_out="the model's own threshold",
        expected="a number from 0 to 1",
        is_valid=option_checks.is_probability,
        parse=parse_number,
        metavar="P",
        request_type=float,
        minimum=0,
        maximum=1,
        page=PageField("Minimum confidence, %", "the model's own", parse_percent),
    )
    min_constraint_probability: float | None = option(
        None,
        description="the lowest probability of charset, length and pattern by the image alone, "
        "from 0 to 1, at which a reading is accepted; 0 trusts them whatever the image shows",
        left_out="the model's own threshold",
        expected="a number from 0 to 1",
        is_valid=option_checks.is_probability,
        parse=parse_number,
        metavar="P",
        request_type=float,
        minimum=0,
        maximum=1,
    )
    # Servers do not offer it: the widest search takes a hundred times as long as the default.
    beam_width: int = option(
        BEAM_WIDTH,
        description="how many prefixes the beam search keeps; 0 takes the best path instead",
        left_out=str(BEAM_WIDTH),
        expected=f"a whole number from 0 to {option_checks.MAX_BEAM_WIDTH}",
        is_valid=option_checks.is_beam_width,
        parse=parse_integer,
        metavar="N",
    )

    views: int | None = option(
        None,
        description="at how many widths an image is read until a reading is sure enough: its "
        "probabilities are then their means, which reads more of unknown looks and takes longer; "
        "for models of images of any width",
        left_out="the model's own, which is that of its training: 3 by the recipe adapt, else 1",
        expected=f"a whole number from 1 to {MOST_VIEWS}",
        is_valid=option_checks.is_number_of_views,
        parse=parse_integer,
        metavar="N",
        request_type=int,
        minimum=1,
        maximum=MOST_VIEWS,
        page=PageField("Views of images that are hard to read", "the model's own, or 1 to 5"),
    )
    frames: FrameChoice | None = option(  # noqa: RUF009 It is a dataclass field.
        None,
        description="what of an animation is read: one frame, or all of them as one image with the "
        "darkest or the lightest value at every pixel",
        left_out="the first frame, with a warning if there are others",
        expected="'first', 'last', 'darkest', 'lightest' or the number of a frame, counted from 0",
        is_valid=option_checks.is_frame_choice,
        parse=parse_frame_choice,
        text_form="first, last, darkest, lightest or a number from 0",
        metavar="first|last|darkest|lightest|N",
        request_type=str,
        number_too=True,
        page=PageField("Frames of an animation", "first, or last, darkest, lightest, a number"),
    )
    arithmetic: bool = option(
        False,
        description="compute the value of texts that are sums, such as 12+8=? or 3x?=12",
        left_out="no value is computed",
        expected="true or false",
        is_valid=option_checks.is_flag,
        parse=parse_flag,
        request_type=bool,
        page=PageField("Compute the value of sums such as 12+8=?"),
    )

    def keywords(self) -> "ReadingKeywords":
        """Return the options as the keyword arguments of `CaptchaModel.predict`."""
        return cast("ReadingKeywords", dict(vars(self)))


class ReadingKeywords(TypedDict, total=False):
    """The fields of `ReadingOptions` as keyword arguments, for type checkers."""

    charset: str | None
    length: Length | None
    pattern: str | None
    case: Case | None
    min_confidence: float | None
    min_constraint_probability: float | None
    beam_width: int
    views: int | None
    frames: FrameChoice | None
    arithmetic: bool


def takes_reading_options(function: Function) -> Function:
    """Show every reading option in the signature and the docstring of a method.

    Args:
        function: takes them as `**options: Unpack[ReadingKeywords]`, and its docstring has a line
            "**options: ..." under "Args:".
    """
    return name_unknown_keywords(document_options(function, ReadingOptions.describe()))
