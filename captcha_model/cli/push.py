"""`captcha-model push`: put a saved model into a repository of the Hub."""

import argparse
from pathlib import Path

from captcha_model.cli.common import list_files, new_parser
from captcha_model.hub import COMMIT_MESSAGE, Destination, model_files, push_folder
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
    where.add_argument("--branch", help="where to (default: main); created where there is none")
    where.add_argument("--create-pr", action="store_true", help="open a pull request instead")
    parser.set_defaults(run=run)


def add_push_options(parser: argparse.ArgumentParser) -> None:
    """Add what every push needs to know."""
    parser.add_argument("repo_id", metavar="USER/NAME", help="created where there is none")
    parser.add_argument("--private", action="store_true", help="let only the owner see it")
    parser.add_argument(
        "--message", default=COMMIT_MESSAGE, help="what the commit is called (default: %(default)s)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check and list the files, and ask nobody"
    )


def run(options: argparse.Namespace) -> int:
    """Push the folder, or list what would be pushed."""
    files: dict[str, Path | bytes] = {**model_files(options.folder)}
    card = _named_card(options.folder, options.repo_id)
    if options.dry_run:
        list_files(files if card is None else {**files, "README.md": card})
        return 0
    to = Destination(
        options.repo_id,
        private=options.private or None,
        branch=options.branch,
        create_pr=options.create_pr,
        commit_message=options.message,
    )
    pushed = push_folder(options.folder, to, card=card)
    print(pushed.pr_url or pushed)
    return 0


def _named_card(folder: Path, repo_id: str) -> bytes | None:
    """Return the card that names the repository, unless the folder's own was written by hand."""
    from captcha_model.model_card.card import CARD_FILE, card_files

    config, facts = read_manifest(folder).config, load_facts(folder)
    own = folder / CARD_FILE
    if own.is_file() and own.read_bytes() != card_files(config, facts)[CARD_FILE]:
        return None
    return card_files(config, facts, repo_id)[CARD_FILE]
