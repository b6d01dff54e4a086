"""What MkDocs adds to the written pages: generated references, and files outside of `docs/`.

A page asks for a generated section by a line `<!-- generated: NAME -->`, where NAME is a key of
`GENERATED`. Everything is made from the code at build time, so it is never out of date.
"""

import argparse
import html
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import captcha_model._utils.worker_pool
import captcha_model.bulk.errors  # noqa: F401 - It has error codes.
from captcha_model._utils.error_codes import all_codes
from captcha_model.cli import build_parser

ROOT = Path(__file__).parents[1]
# Texts of the top folder that are pages of the site too.
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
# Images of other folders, which pages show by their path in the repository.
IMAGES = ("demo/screenshot.png",)

_MARKER = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()([^)\s#]+)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the texts and images that lie outside of `docs/`."""
    for source, target in PAGES.items():
        text = relink((ROOT / source).read_text(encoding="utf-8"), PurePosixPath())
        files.append(File.generated(config, target, content=text))
    for name in IMAGES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Fill in the generated sections, and make links into the repository links of the site."""
    if page.file.src_uri not in PAGES.values():
        markdown = relink(markdown, PurePosixPath("docs"))
    return _MARKER.sub(lambda found: GENERATED[found[1]](), markdown)


def relink(markdown: str, folder: PurePosixPath) -> str:
    """Turn links between files of the repository into links between pages of the site.

    Args:
        markdown: a text whose links work where it lies.
        folder: where it lies, relative to the top folder.
    """

    def turned(found: re.Match[str]) -> str:
        target = found[1]
        if ":" in target:
            return target
        parts: list[str] = []
        for part in (folder / target).parts:
            if part == "..":
                parts.pop()
            else:
                parts.append(part)
        path = "/".join(parts)
        return PAGES.get(path, path.removeprefix("docs/"))

    return _LINK.sub(turned, markdown)


def cli_reference() -> str:
    """Return a section for every command of the command line."""
    return "\n".join(_command_section(parser) for parser in _parsers(build_parser()))


def error_tables() -> str:
    """Return a section for every class of errors of the package, with its codes."""
    ours = [row for row in all_codes() if row.error.__module__.startswith("captcha_model.")]
    lines: list[str] = []
    for kind, rows in groupby(ours, key=lambda row: row.error):
        summary = (kind.__doc__ or "").partition("\n")[0]
        lines += [f"### {kind.__name__}", "", summary, "", "| code | meaning |", "|---|---|"]
        lines += [f"| `{row.code}` | {_cell(row.meaning)} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


GENERATED: dict[str, Callable[[], str]] = {"cli": cli_reference, "error-codes": error_tables}


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Walk through the commands and their subcommands, without the program itself."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield command
                yield from _parsers(command)


def _command_section(parser: argparse.ArgumentParser) -> str:
    lines = [f"## {parser.prog}", "", parser.description or "", ""]
    if parser.epilog:
        example = parser.epilog.partition("example:")[2].strip()
        lines += ["```", example, "```", ""]
    for group in parser._action_groups:
        rows = [_row(parser, action) for action in group._group_actions if _is_shown(action)]
        if rows:
            named = group.title in ("options", "positional arguments")
            title = "argument" if group.title == "positional arguments" else "option"
            lines += [] if named else [f"**{str(group.title).capitalize()}**", ""]
            lines += [f"| {title} | meaning |", "|---|---|", *rows, ""]
    return "\n".join(lines)


def _is_shown(action: argparse.Action) -> bool:
    return not isinstance(action, argparse._HelpAction) and action.help != argparse.SUPPRESS


def _row(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    formatter = parser._get_formatter()
    if isinstance(action, argparse._SubParsersAction):
        names = ", ".join(f"`{name}`" for name in action.choices)
        return f"| `{action.metavar}` | one of {names} |"
    if action.option_strings:
        value = formatter._format_args(action, action.dest.upper())
        shown = " ".join(filter(None, [", ".join(action.option_strings), value]))
    else:
        shown = formatter._format_args(action, action.dest)
    meaning = formatter._expand_help(action) if action.help else "one of these"
    return f"| <code>{_cell(html.escape(shown))}</code> | {_cell(meaning)} |"


def _cell(text: str) -> str:
    """Return a text on one line, without a bar that would end its cell."""
    return " ".join(text.split()).replace("|", "&#124;")
