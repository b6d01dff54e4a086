"""`captcha-model label`: label a folder of images on a page of this machine."""

import argparse
from pathlib import Path

from captcha_model.cli.common import new_parser, positive
from captcha_model.cli.serve import check_packages, port
from captcha_model.pretrained_models import GENERAL

EVERY, PORT = 10, 7862


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "label",
        "Label a folder of images on a page: a model proposes, you press Enter or correct it.",
        "captcha-model label my-images/",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="the images; receives labels.jsonl, which --data of the other commands takes",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="receives the models that learn while you label (default: beside the images, with "
        "-model behind their folder's name)",
    )
    parser.add_argument(
        "--every",
        type=positive,
        default=EVERY,
        metavar="N",
        help="train a better model after every N labels (default: %(default)s)",
    )
    parser.add_argument(
        "--propose",
        default=GENERAL,
        metavar="NAME|FOLDER|REPO_ID",
        help="the model that proposes texts until one has learned: a bundled model, a model "
        "folder, a Hub repository; rapidocr or ddddocr, if installed; or none (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--characters", metavar="TEXT", help="the only characters that the images show"
    )
    parser.add_argument(
        "--case",
        choices=("keep", "lower", "upper"),
        default="keep",
        help="write letters in this case, whatever is typed (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=port,
        default=PORT,
        help="port of this machine to listen on (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C or SIGTERM."""
    check_packages()
    from captcha_model.labelling.images import check_folder

    check_folder(options.folder)  # Before the packages of the page, which take seconds to load.
    from captcha_model.labelling.opening import open_session
    from captcha_model.labelling.session import LabelOptions

    # As the model card's package: `captcha_model.demo` where installed, else the top-level folder.
    try:
        from captcha_model.demo.labelling.start import start  # type: ignore[import-not-found]
    except ModuleNotFoundError as error:
        if error.name != "captcha_model.demo":
            raise
        from demo.labelling.start import start
    session = open_session(
        options.folder,
        out=options.out,
        propose=options.propose,
        options=LabelOptions(options.every, options.characters, options.case),
    )
    start(session, options.port)
    return 0
