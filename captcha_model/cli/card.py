"""`captcha-model card`: render the model card of a saved model as Markdown."""

import argparse
import dataclasses
from pathlib import Path

from captcha_model import pretrained_models
from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.utf8 import utf8_stdout
from captcha_model.cli.common import new_parser, note
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ModelFolderError
from captcha_model.hub import BUNDLED
from captcha_model.hub.card_pictures import training_pictures
from captcha_model.model_card import ModelFacts, load_facts
from captcha_model.pretrained_models import DEFAULT, bundled_name
from captcha_model.storage.manifest import CONFIG_FILE, read_manifest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "card",
        "Preview the model card of a saved model.",
        "captcha-model card runs/mine/model --out preview/README.md",
    )
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="NAME|FOLDER",
        help=f"a bundled model or a saved one (default: {DEFAULT})",
    )
    parser.add_argument(
        "--repo-id", metavar="USER/NAME", help="the Hub repository that the card names"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.md",
        help="write the card to this file, and its image beside it",
    )
    parser.add_argument(
        "--license",
        metavar="ID",
        help="state the licence of your weights in FOLDER, as the Hub names licences, such as "
        "apache-2.0; its card says it from then on",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Render the card and print or write it; no network is loaded."""
    from captcha_model.model_card.card import CARD_FILE, PICTURE_FILE, card_files

    folder = BUNDLED if options.folder is None else _folder(options.folder)
    if options.license is not None:
        if options.folder is None or bundled_name(options.folder):
            raise ModelFolderError(
                "--license changes a model folder. Give the folder of a model of yours."
            )
        _state_license(folder, options.license)
    config = read_manifest(folder).config
    facts = load_facts(folder)
    pictures = training_pictures(folder, facts)
    files = card_files(config, facts, options.repo_id, pictures)
    if options.out is None:
        print(files[CARD_FILE].decode(), end="", file=utf8_stdout())
        return 0
    write_atomically(options.out, files[CARD_FILE])
    if PICTURE_FILE in files:
        write_atomically(options.out.parent / PICTURE_FILE, files[PICTURE_FILE])
    note(f"wrote {options.out}")
    return 0


def _folder(name: str) -> Path:
    return pretrained_models.REGISTRY.folder(name) if bundled_name(name) else Path(name)


def _state_license(folder: Path, name: str) -> None:
    config = read_manifest(folder).config
    facts = {**load_facts(folder).to_dict(), "license": name}
    write_card(folder, config, ModelFacts.from_dict(facts))  # Which checks the name.
    note(f"wrote the licence {name} into {folder}")


def write_settings(folder: Path, config: CaptchaConfig, facts: ModelFacts) -> None:
    """Write settings that change no weight, and facts, to a model's folder, and render its card."""
    changed = dataclasses.replace(read_manifest(folder), config=config)
    write_atomically(folder / CONFIG_FILE, changed.to_json().encode())
    write_card(folder, config, facts)


def write_card(folder: Path, config: CaptchaConfig, facts: ModelFacts) -> None:
    """Write facts to a model's folder, and render its card."""
    from captcha_model.model_card.card import card_files

    pictures = training_pictures(folder, facts)
    for name, data in card_files(config, facts, images=pictures).items():
        write_atomically(folder / name, data)
