"""`captcha-model space`: push this project's page to a Space of the Hub."""

import argparse
from pathlib import Path

from captcha_model.cli.common import list_files, new_parser
from captcha_model.cli.push import add_push_options
from captcha_model.hub import Destination, check_repo_name, push_space, space_files


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "space",
        "Push the page to a Space of the Hugging Face Hub, from the top folder of a checkout.",
        "captcha-model space user/name --dry-run",
    )
    add_push_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Push the page, or list what would be pushed."""
    check_repo_name(options.repo_id)
    if options.dry_run:
        list_files({**space_files(Path())})
        return 0
    private = options.private or None
    to = Destination(options.repo_id, private=private, commit_message=options.message)
    print(push_space(Path(), to))
    return 0
