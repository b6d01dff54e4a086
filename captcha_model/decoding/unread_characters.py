"""Characters of a constraint that the model cannot read, which must not be dropped in silence.

If the model knows a character only in the other case, and the constraint does not allow that one,
no reading could be right: this is an error. A character that it knows in neither case is a warning,
because the rest of the constraint may be true, and captchas of the kind may lack it too.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from captcha_model.decoding.patterns import Choice, Concatenation, Node, OneOf, Repeat, escape_class
from captcha_model.errors import ConstraintError

_SPAN = re.compile("[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z]")


def unread_in_charset(characters: str, charset: str | None) -> tuple[str, ...]:
    """Return sentences about what a charset may not mean, if any.

    They name the characters that the model does not know, and what looks like a range.

    Args:
        characters: the vocabulary of the model.
        charset: the allowed characters; None allows all.

    Raises:
        ConstraintError: the model knows some of them only in the other case.
    """
    chosen = dict.fromkeys(charset or "")
    _check_case(characters, "charset", lambda text: [c for c in text if c in chosen])
    unknown = "".join(c for c in chosen if c not in characters)
    told = []
    spans = [found for found in _SPAN.findall(charset or "") if found[0] < found[2]]
    if spans:
        told.append(
            f"charset lists single characters, so {spans[0]!r} in it stands for "
            f"{', '.join(map(repr, spans[0]))}. The pattern '[{spans[0]}]+' has a range."
        )
    if unknown:
        told.append(
            f"The model does not know {unknown!r:.200} of charset, so it cannot read them. "
            f"It knows {known_once(characters)!r:.200}."
        )
    return tuple(told)


def unread_in_pattern(
    characters: str, node: Node, flags: re.RegexFlag = re.NOFLAG
) -> tuple[str, ...]:
    r"""Return a sentence about the classes of a pattern that match no known character, if any.

    Other classes, such as `[a-z]` and `\d`, stand for those of their characters that the model
    knows. A negated class is never meant to list the characters of a case.

    Args:
        characters: the vocabulary of the model.
        node: the parsed pattern.
        flags: of the matching of a character, such as `re.IGNORECASE`.

    Raises:
        ConstraintError: the model knows characters of a class only in the other case.
    """
    empty = []
    for name in dict.fromkeys(_classes_of(node)):
        expression = re.compile(escape_class(name), flags)
        if not name.startswith("[^"):
            _check_case(characters, f"{name!r:.100} in pattern", expression.findall)
        if not expression.search(characters):
            empty.append(name)
    if not empty:
        return ()
    named = ", ".join(map(repr, empty))
    return (
        f"The model knows no character of {named:.200} in pattern, so it cannot read texts with "
        f"one. It knows {known_once(characters)!r:.200}.",
    )


def known_once(characters: str) -> str:
    """Return the characters of a vocabulary for a message, each once: in one case some repeat."""
    return "".join(dict.fromkeys(characters))


def _check_case(characters: str, where: str, chosen: Callable[[str], list[str]]) -> None:
    """Check that no chosen character is known only in a case that is not chosen.

    Args:
        characters: the vocabulary of the model.
        where: what chooses, for the message.
        chosen: returns those characters of a text that are chosen.

    Raises:
        ConstraintError: there are such characters.
    """
    known_as = _unknown_cases(characters)
    wrong = [c for c in chosen("".join(known_as)) if not chosen(known_as[c])]
    if wrong:
        known = "".join(dict.fromkeys(c for other in wrong for c in known_as[other]))
        raise ConstraintError(
            f"The model knows {''.join(wrong)!r:.100} of {where} only in the other case: "
            f"{known!r:.100}. Use that case, or case 'ignore'."
        )


@lru_cache(maxsize=16)
def _unknown_cases(characters: str) -> dict[str, str]:
    """Return the characters that a vocabulary has only in another case, with those that it has."""
    found: dict[str, str] = {}
    for known in characters:
        for other in (known.upper(), known.lower()):
            if len(other) == 1 and other not in characters:
                found[other] = found.get(other, "") + known
    return found


def _classes_of(node: Node) -> Iterator[str]:
    """Yield the classes of a pattern, in order."""
    match node:
        case OneOf(characters):
            yield characters
        case Choice(parts) | Concatenation(parts):
            for part in parts:
                yield from _classes_of(part)
        case Repeat(part):
            yield from _classes_of(part)
