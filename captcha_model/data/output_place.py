"""Where a program may write: not among images whose names decide their labels."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from captcha_model.data.samples import Sample, composed
from captcha_model.data.tables.text_lists import is_label_list
from captcha_model.errors import DataError, DataWarning


def check_output(out: Path, source: str, find: Callable[[], Sequence[Sample]]) -> None:
    """Check that what is written would not be labelled images of the source the next time.

    Args:
        out: a file or a folder that will be written.
        source: the data set, as in `captcha_model.data.sources`.
        find: returns its samples; called only if the output is inside the source.

    Raises:
        DataError: the output is inside a folder in which the file names are the labels, or beside
            a list of labels that belong to the images by their number.
    """
    if not source:
        return
    path = Path(source)
    folder = path.parent if path.is_file() else path
    if not folder.is_dir() or not out.resolve().is_relative_to(folder.resolve()):
        return
    if path.is_file():
        if path.suffix.lower() == ".txt" and is_label_list(path.read_bytes()):
            raise DataError(
                f"{out} is inside {folder}, where {path.name} has a label for each image and no "
                "file names, so more images would not fit to it. Choose a place outside of it.",
                code="OUT_INSIDE_DATA",
            )
        return
    # Its warnings come when the source is listed for use.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        samples = find()
    if all(s.label in composed(PurePosixPath(s.name).name) for s in samples):
        raise DataError(
            f"{out} is inside {folder}, where the file names are the labels, so its images would "
            "become labelled images. Choose a place outside of it.",
            code="OUT_INSIDE_DATA",
        )
