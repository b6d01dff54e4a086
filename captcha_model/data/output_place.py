"""Where a program may write: not among images whose names are their labels."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from captcha_model.data.samples import Sample, composed
from captcha_model.errors import DataError


def check_output(out: Path, source: str, find: Callable[[], Sequence[Sample]]) -> None:
    """Check that what is written would not be labelled images of the source the next time.

    Args:
        out: a file or a folder that will be written.
        source: the data set, as in `captcha_model.data.sources`.
        find: returns its samples; called only if the output is inside the source.

    Raises:
        DataError: the output is inside a folder in which the file names are the labels.
    """
    folder = Path(source)
    if not source or not folder.is_dir() or not out.resolve().is_relative_to(folder.resolve()):
        return
    if all(s.label in composed(PurePosixPath(s.name).name) for s in find()):
        raise DataError(
            f"{out} is inside {folder}, where the file names are the labels, so its images would "
            "become labelled images. Choose a place outside of it.",
            code="OUT_INSIDE_DATA",
        )
