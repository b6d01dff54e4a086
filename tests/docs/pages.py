"""The written documentation, taken apart: blocks of code and command lines."""

import re
import textwrap
from dataclasses import dataclass

from tests.conftest import ROOT

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
)

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# A command may follow variables (`A=b command`) and another command (`a && command`).
_COMMAND = re.compile(r"(?:^|&& )(?:[A-Z_]+=\S+ )*(captcha-model|python app\.py)( [^>|&\n]*)?")


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        page: where it stands.
        section: the nearest heading above it.
        language: after the fence; empty for commands.
        text: without the fence and its indentation.
    """

    page: str
    section: str
    language: str
    text: str


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str | None = None, section: str | None = None) -> list[Block]:
    """Return the blocks of a page, or those of a language or a section."""
    text = read(page)
    found = []
    for match in _BLOCK.finditer(text):
        # A comment in a block of code is no heading.
        above = _BLOCK.sub("", text[: match.start()])
        headings = re.findall(r"^#+ (.+)$", above, re.MULTILINE)
        block = Block(page, headings[-1], match[2], textwrap.dedent(match[3]))
        if language in (None, block.language) and section in (None, block.section):
            found.append(block)
    return found


def command_lines(page: str) -> list[str]:
    """Return every command line of ours on a page: in blocks, and in backquotes."""
    lines = [line for block in blocks(page, "") for line in block.text.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", _BLOCK.sub("", read(page)))
    return [
        f"{match[1]}{match[2] or ''}".strip()
        for line in lines
        for match in [_COMMAND.search(line)]
        if match
    ]
