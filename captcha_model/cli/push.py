"""`captcha-model push`: push a saved model to a repository of the Hub."""

import argparse
from pathlib import Path

from captcha_model.cli.common import list_files, new_parser
from captcha_model.config import CaptchaConfig
from captcha_model.hub import (
    COMMIT_MESSAGE,
    Destination,
    check_repo_name,
    model_files,
    push_model,
)
from captcha_model.hub.card_pictures import training_pictures
from captcha_model.model_card import load_facts
from captcha_model.storage.manifest import read_manifest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "push",
        "Push a saved model to the Hugging Face Hub. Log in first, with `hf auth login`.",
        "captcha-model push runs/mine/model user/name --dry-run",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a saved model")
    add_push_options(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--branch", help="the branch, created if it does not exist (default: main)")
    where.add_argument("--create-pr", action="store_true", help="open a pull request instead")
    parser.set_defaults(run=run)


def add_push_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every push has."""
    parser.add_argument(
        "repo_id", metavar="USER/NAME", help="the repository, created if it does not exist"
    )
    parser.add_argument("--private", action="store_true", help="make the repository private")
    parser.add_argument(
        "--message",
        default=COMMIT_MESSAGE,
        help="the message of the commit (default: %(default)s)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check and list the files, and send no request"
    )


def run(options: argparse.Namespace) -> int:
    """Push the folder, or list what would be pushed."""
    check_repo_name(options.repo_id)
    manifest = read_manifest(options.folder)
    files: dict[str, Path | bytes] = {**model_files(options.folder, manifest)}
    files |= _named_card(options.folder, manifest.config, options.repo_id)
    if options.dry_run:
        list_files(files)
        return 0
    to = Destination(
        options.repo_id,
        private=options.private or None,
        branch=options.branch,
        create_pr=options.create_pr,
        commit_message=options.message,
    )
    pushed = push_model(files, to)
    print(pushed.pr_url or pushed)
    return 0


def _named_card(folder: Path, config: CaptchaConfig, repo_id: str) -> dict[str, bytes]:
    """Return a card that names the repository; none if the folder's card was written by hand."""
    from captcha_model.model_card.card import CARD_FILE, card_files

    facts, own = load_facts(folder), folder / CARD_FILE
    pictures = training_pictures(folder, facts)
    if own.is_file() and own.read_bytes() != card_files(config, facts, None, pictures)[CARD_FILE]:
        return {}
    return {CARD_FILE: card_files(config, facts, repo_id, pictures)[CARD_FILE]}
