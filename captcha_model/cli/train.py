"""`captcha-model train`: train a model on labelled images."""

import argparse
from pathlib import Path

from captcha_model._utils.utf8 import utf8_stdout
from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.train_options import add_train_options
from captcha_model.cli.train_run import read_run
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_folder import RUN_FILE
from captcha_model.training.workflow import train_run


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "train",
        "Train a model on labelled images, calibrate it and evaluate it.",
        "captcha-model train --data my-images/ --out runs/mine",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help=f"receives model/, {RUN_FILE}, history.csv, the plots and the checkpoints",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue the interrupted run in --out"
    )
    parser.add_argument(
        "--print-config", action="store_true", help="print all settings as YAML, and exit"
    )
    add_train_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and report; return 130 after Ctrl-C and 143 after SIGTERM."""
    settings = read_run(options)
    if options.print_config:
        print(settings.to_yaml(), end="", file=utf8_stdout())
        return 0
    trained = train_run(
        settings,
        out=options.out,
        resume=options.resume,
        reporter=Reporter(line=note, result=print, bar=with_bar, step_bar=True),
    )
    if trained.signal:
        note(f"Interrupted. Its best model is saved; resume with --resume --out {options.out}")
        return 128 + trained.signal
    return 0
