"""`captcha-model export`: write a model in the format of another program."""

import argparse
from pathlib import Path

from captcha_model.cli.common import add_model_option, new_parser
from captcha_model.export.formats import FORMATS, export_model


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "export",
        "Write a model for Keras, ONNX Runtime, TensorFlow Serving or LiteRT.",
        "captcha-model export --format onnx --out captcha.onnx",
    )
    parser.add_argument("--format", required=True, choices=list(FORMATS), help="what to write")
    suffixes = ", ".join(f"{f.suffix} for {name}" for name, f in FORMATS.items() if f.suffix)
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="PATH",
        help=f"a file with the suffix of its format ({suffixes}), or a folder for savedmodel; an "
        "earlier export there is replaced",
    )
    add_model_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Export, and print how the result is used."""
    from captcha_model.model import CaptchaModel

    model = CaptchaModel.from_pretrained(options.model, runtime="keras")
    path = export_model(model, options.format, options.out)
    written = FORMATS[options.format]
    print(f"wrote {path} ({_size(path) / 1e6:.2f} MB)")
    print(written.gives_of(model.config))
    print(f"Use it with: {written.usage_of(path)}")
    return 0


def _size(path: Path) -> int:
    """Return the size in bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
