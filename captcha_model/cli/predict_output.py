"""The part of `captcha-model predict` that reads many images into a file, or with Ray."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from captcha_model._utils.keras_backend import usable_cores
from captcha_model._utils.name_some import one_line
from captcha_model.cli.common import counting_bar, note, positive
from captcha_model.cli.reading_options import reading_options
from captcha_model.cli.runtime_options import open_model_or_chooser
from captcha_model.errors import ConfigError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.reading_columns import (
    ALL_COLUMNS,
    PATH,
    READING_COLUMNS,
    choose_columns,
)

if TYPE_CHECKING:
    from captcha_model.bulk.read import Named

_RAY, _LOCAL = "ray", "local"
_FORMS = ("json", "csv", "excel")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for many images."""
    many = parser.add_argument_group("many images")
    many.add_argument(
        "--out",
        metavar="FILE|URI",
        help="write the readings to a new .csv, .jsonl or .parquet file as they come; with "
        "--engine ray, Parquet files into a new folder, also on s3:// or gs://",
    )
    many.add_argument(
        "--processes",
        type=positive,
        metavar="N",
        help="how many processes read, each on one core (default: one for every core)",
    )
    many.add_argument(
        "--resume",
        action="store_true",
        help="go on where an interrupted run with the same arguments stopped, if there is one",
    )
    many.add_argument(
        "--columns",
        type=_columns,
        metavar="NAME,...",
        help=f"the columns of --out (default: {','.join(READING_COLUMNS)}; also: "
        f"{','.join(name for name in ALL_COLUMNS if name not in READING_COLUMNS)})",
    )
    many.add_argument(
        "--engine",
        choices=[_LOCAL, _RAY],
        default=_LOCAL,
        help="ray reads with Ray Data, on the cluster that RAY_ADDRESS names or on this machine: "
        "folders, patterns such as 's3://bucket/*.png', and Parquet files with a column of images",
    )
    many.add_argument(
        "--image-column", metavar="NAME", help="the images in Parquet files, for --engine ray"
    )
    many.add_argument(
        "--id-column",
        metavar="NAME",
        help="a column of Parquet files that names each image once, for --engine ray (default: a "
        f"column {PATH} of the file's name and the number of the row)",
    )


def check_output_options(options: argparse.Namespace) -> None:
    """End the program if options do not go together."""
    is_ray = options.engine == _RAY
    if options.out is None:
        if is_ray:
            options.usage_error("--engine ray needs --out.")
        for name in ("processes", "resume", "columns"):
            if getattr(options, name):
                options.usage_error(f"--{name} needs --out.")
    for name in _FORMS:
        if options.out is not None and getattr(options, name):
            options.usage_error(f"--{name} prints, and --out writes. Give one of them.")
    if is_ray and options.processes:
        options.usage_error("--processes is for one machine; Ray takes the cores of its cluster.")
    for name in ("image_column", "id_column"):
        if getattr(options, name) is not None and not is_ray:
            options.usage_error(f"--{name.replace('_', '-')} needs --engine ray.")


def predict_to_file(options: argparse.Namespace, images: Iterable[tuple[str, ImageSource]]) -> int:
    """Read the images into a file with several processes; return 1 if any could not be read."""
    from captcha_model.bulk.read import read_to_file

    named: list[Named] = []
    for name, source in images:
        if name == str(source):
            named.append(name)
        elif isinstance(source, str):
            named.append((name, source))
        else:
            options.usage_error("- is a single image, which --out is not for.")
    processes = options.processes or usable_cores()
    model = open_model_or_chooser(_on_one_core(options))
    with counting_bar(len(named), "reading") as bar:
        summary = read_to_file(
            named,
            options.out,
            model=model,
            options=reading_options(options),
            columns=options.columns,
            processes=processes,
            resume=options.resume,
            name=options.model or "",
            progress=bar.update,
        )
    for warning, (count, names) in summary.warned.items():
        some = ", ".join(map(one_line, names))
        more = f" and {count - len(names)} more" if count > len(names) else ""
        note(f"captcha-model: warning: {some}{more}: {warning}")
    if summary.found:
        failed = summary.found_failed
        some = f"; {failed} of them could not be read" if failed else ""
        note(f"captcha-model: {summary.found} of {len(named)} images had been read before{some}")
    if not summary.is_checked:
        note(
            f"captcha-model: {options.out}.job is gone, so it is not known whether they were read "
            "with the same options"
        )
    if summary.found == len(named):
        note(f"captcha-model: {options.out} has all of them; nothing was read anew")
    else:
        note(f"captcha-model: wrote {len(named)} rows to {options.out}")
    code = note_counts(summary.counts, len(named) - summary.found)
    return 1 if summary.found_failed else code


def predict_with_ray(options: argparse.Namespace) -> int:
    """Read the images with Ray Data; return 1 if any could not be read."""
    from captcha_model.ray.cluster import connected
    from captcha_model.ray.job import read_to_folder

    _on_one_core(options)
    with connected():
        counts = read_to_folder(
            options.images,
            options.out,
            model=options.model,
            options=reading_options(options),
            columns=options.columns,
            image_column=options.image_column or "",
            id_column=options.id_column or PATH,
            resume=options.resume,
            progress=sys.stderr.isatty(),
        )
    note(f"captcha-model: wrote {counts['images']} rows to {options.out}")
    return note_counts(counts, counts["images"])


def note_counts(counts: Mapping[str, int], images: int) -> int:
    """Print how many images failed or were rejected; return 1 if any failed, else 0."""
    if counts["failed"]:
        note(f"captcha-model: {counts['failed']} of {images} images could not be read")
    if counts["rejected"]:
        read = images - counts["failed"]
        were = "was" if counts["rejected"] == 1 else "were"
        note(f"captcha-model: {counts['rejected']} of {read} readings {were} rejected")
    if counts["unlikely"]:
        note(
            f"captcha-model: {counts['unlikely']} of them because the image does not fit "
            "--charset, --length or --pattern, or the lengths that the model expects"
        )
    return 1 if counts["failed"] else 0


def _columns(text: str) -> list[str]:
    names = text.split(",")
    try:
        choose_columns(names)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return names


def _on_one_core(options: argparse.Namespace) -> argparse.Namespace:
    """Return the options for a model that reads on one core, as every process has one."""
    if options.runtime == "keras" or options.device == "gpu":
        options.usage_error(
            "Several processes read with ONNX Runtime, each on one core of the CPU. Leave "
            "--runtime keras and --device gpu out, or --out."
        )
    return argparse.Namespace(**{**vars(options), "threads": 1})
