"""Reading sources of images into a folder of Parquet files with Ray, so that it can go on."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from captcha_model import __version__
from captcha_model.bulk.errors import OutputError
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.inference.options import ReadingOptions
from captcha_model.inference.reading_columns import PATH
from captcha_model.ray.cluster import TASK_CORES, load_ray, shares
from captcha_model.ray.places import Place, place_of
from captcha_model.ray.reading import BATCH, ModelName, read

DONE = "_SUCCESS"  # The usual name of the file that says that a folder is complete.
_BLOCK_BYTES = 8 * 2**20


def read_to_folder(
    sources: Sequence[str],
    out: str,
    *,
    model: ModelName = None,
    options: ReadingOptions = ReadingOptions(),  # noqa: B008 It is immutable.
    columns: Sequence[str] | None = None,
    image_column: str = "",
    id_column: str = PATH,
    actors: int | None = None,
    batch_size: int = BATCH,
    resume: bool = False,
    progress: bool = False,
) -> Counter[str]:
    """Read images into a folder of Parquet files, a file for every block of images.

    Rows are in the order of the sources within a file; their files come in any order.

    Args:
        sources: folders of images or of Parquet files, files, and patterns, with paths or URIs.
        out: a new folder, or the URI of one, that all nodes reach.
        model: see `read`.
        options: the reading options.
        columns: see `read`.
        image_column: see `read`.
        id_column: see `read`; without it Parquet files get a column `path` of "FILE#ROW".
        actors: see `read`.
        batch_size: see `read`.
        resume: go on where an interrupted run with the same arguments stopped, if there is one.
        progress: show Ray's progress bars.

    Returns:
        How many images there are ("images"), and how many of them "failed" or were "rejected".

    Raises:
        OutputError: the output exists, cannot be written or continued, or is not complete.
        ImageError: a source does not exist or has no images.
        CaptchaError: see `read`.
    """
    ray = load_ray()
    from captcha_model.ray.source import ImageSource

    place = place_of(out)
    job = {
        "version": __version__,
        "sources": ", ".join(sources),
        "model": str(model),
        "options": repr(options),
        "columns": str(columns),
        "id column": id_column,
    }
    images = ImageSource(sources, None, id_column, actors or shares(ray.nodes()).actors)
    if not images.rows:
        raise ImageError("The sources have no images.", code="FOLDER_EMPTY")
    if not _check_out(out, place, job, resume=resume):
        return _counts(place, images.rows)
    ids = _beside(place, "checkpoint")
    with _context(ray, f"{out.rstrip('/')}.checkpoint", id_column, progress=progress):
        try:
            dataset = ray.data.read_datasource(images, num_cpus=TASK_CORES, override_num_blocks=1)
            readings = read(
                dataset,
                model=model,
                columns=columns,
                image_column=image_column,
                id_column=id_column,
                actors=actors,
                batch_size=batch_size,
                **options.keywords(),
            )
            readings.write_parquet(
                out, ray_remote_args={"num_cpus": TASK_CORES}, compression="zstd"
            )
        except ray.exceptions.RayError as error:
            raise _named(error, out) from error
    counts = _counts(place, images.rows)
    with place.system.open_output_stream(f"{place.path}/{DONE}") as file:
        file.write(json.dumps(counts).encode())
    _remove(ids)  # The job stays, and says how these images were read.
    return counts


def _context(
    ray: Any, checkpoint: str, id_column: str, *, progress: bool
) -> AbstractContextManager[Any]:
    """Return a context in which Ray remembers the images whose readings are written."""
    context = ray.data.DataContext.get_current().copy()
    context.checkpoint_config = ray.data.checkpoint.CheckpointConfig(
        id_column, checkpoint, delete_checkpoint_on_success=False
    )
    context.enable_progress_bars = progress
    # A block is read by one actor, so a few large ones would leave the others without work.
    context.target_max_block_size = _BLOCK_BYTES
    within: AbstractContextManager[Any] = ray.data.DataContext.current(context)
    return within


def _beside(place: Place, suffix: str) -> Place:
    return Place(place.system, f"{place.path.rstrip('/')}.{suffix}")


def _check_out(out: str, place: Place, job: Mapping[str, str], *, resume: bool) -> bool:
    """Check that the output is free, or the one of this job; return whether anything is to do."""
    from pyarrow import fs

    system, path = place
    done, kept = system.get_file_info([f"{path}/{DONE}", _beside(place, "job").path])
    is_done, is_begun = done.type == fs.FileType.File, kept.type == fs.FileType.File
    if is_done and resume and not is_begun:
        return False  # Somebody deleted the job.
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    written = [info for info in found if info.type == fs.FileType.File]
    if written and not (resume and is_begun):
        goes_on = is_begun and not is_done
        hint = "Go on with --resume, or delete it" if goes_on else "Choose another one"
        raise OutputError(f"{out} is not empty. {hint}.", code="OUT_EXISTS")
    if is_begun and resume:
        with system.open_input_stream(kept.path) as file:
            before = json.loads(file.read())
        for name in job:
            if before.get(name) != job[name]:
                raise OutputError(
                    f"{out} cannot be continued: its {name} was {before.get(name)!r:.200}, but "
                    f"now it is {job[name]!r:.200}. Repeat the command as it was, or delete it.",
                    code="RESUME_MISMATCH",
                )
        return not is_done
    system.create_dir(path, recursive=True)
    with system.open_output_stream(_beside(place, "job").path) as file:
        file.write(json.dumps(job, indent=2).encode())
    return True


def _counts(place: Place, images: int) -> Counter[str]:
    """Count the rows of a complete output.

    Raises:
        OutputError: there are more or fewer than images.
    """
    import pyarrow.dataset as ds

    found = ds.dataset(place.path, filesystem=place.system, format="parquet")
    rows = found.count_rows()
    if rows != images:
        raise OutputError(
            f"{place.path} has {rows} rows for {images} images, so the sources have changed or "
            "several images have the same name. Delete it and begin anew.",
            code="RESUME_MISMATCH",
        )
    counts = Counter(images=images)
    for what, column, value in (("failed", "error_code", None), ("rejected", "accepted", False)):
        if column in found.schema.names:
            field = ds.field(column)
            counts[what] = found.count_rows(filter=field.is_valid() if value is None else ~field)
    return counts


def _named(error: Exception, out: str) -> CaptchaError:
    """Return the error of ours that an error of Ray comes from, or one that names it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, CaptchaError):
            return cause
        cause = getattr(cause, "cause", None) or cause.__cause__
    lines = str(error).strip().splitlines()
    return OutputError(
        f"Ray could not finish {out}: {lines[-1] if lines else type(error).__name__}. The rows up "
        "to here are kept: when the cause is gone, go on with --resume.",
        code="OUT_NOT_WRITTEN",
    )


def _remove(place: Place) -> None:
    from pyarrow import fs

    kind = place.system.get_file_info(place.path).type
    if kind == fs.FileType.Directory:
        place.system.delete_dir(place.path)
    elif kind == fs.FileType.File:
        place.system.delete_file(place.path)
