"""`captcha-model train`: train a model on labelled images."""

import argparse
from contextlib import nullcontext
from pathlib import Path

from captcha_model._utils.utf8 import utf8_stdout
from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.train_options import add_train_options
from captcha_model.cli.train_run import read_run
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_folder import RUN_FILE, RUNS, named_folder
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
        type=Path,
        metavar="FOLDER",
        help=f"receives model/, {RUN_FILE}, history.csv, the plots and the checkpoints (default: "
        f"{RUNS / 'train-1'}, or the next number)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue the interrupted run in --out"
    )
    parser.add_argument(
        "--print-config", action="store_true", help="print all settings as YAML, and exit"
    )
    add_train_options(parser)
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Train, save and report; return 130 after Ctrl-C and 143 after SIGTERM."""
    if options.resume and options.out is None:
        options.usage_error("--resume needs --out, which names the run.")
    settings = read_run(options)
    if options.print_config:
        print(settings.to_yaml(), end="", file=utf8_stdout())
        return 0
    with nullcontext(options.out) if options.out else named_folder() as folder:
        if not options.out:
            note(f"run folder: {folder}")
        try:
            trained = train_run(
                settings,
                out=folder,
                resume=options.resume,
                reporter=Reporter(line=note, result=print, bar=with_bar, epoch_bar=True),
            )
        except KeyboardInterrupt:
            if (folder / RUN_FILE).exists():
                note(f"No model is saved. Train again with --resume --out {folder}")
            raise
    if trained.signal:
        note(f"Interrupted. Its best model is saved; resume with --resume --out {folder}")
        return 128 + trained.signal
    return 0
