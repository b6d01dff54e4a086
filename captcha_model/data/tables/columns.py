"""Which columns of a table hold the file names and the labels."""

import shlex
from collections import Counter
from collections.abc import Sequence

from captcha_model.data.files import is_image
from captcha_model.data.source_options import IMAGE_COLUMNS, TEXT_COLUMNS, SourceOptions
from captcha_model.data.tables.rows import invalid

# What such columns are called in published data sets; they are suggested, never taken unasked.
_IMAGE_NAMES = (
    *("image_path", "filename", "image", "img", "path", "filepath", "file_path", "img_path"),
    *("image_name", "img_name", "image_file", "name", "id", "image_id"),
)
_TEXT_NAMES = (
    *("label", "labels", "words", "word", "plate_text", "transcription", "caption", "captcha"),
    *("ground_truth", "gt", "solution", "answer", "plate", "string", "value", "target"),
)


def wanted_columns(options: SourceOptions) -> tuple[Sequence[str], Sequence[str]]:
    """Return the names that the column of file names may have, and those of the label's."""
    image = [options.image_column] if options.image_column else IMAGE_COLUMNS
    text = [options.text_column] if options.text_column else TEXT_COLUMNS
    return image, text


def find_columns(
    header: Sequence[str],
    options: SourceOptions,
    table: str,
    first: Sequence[str] = (),
    line: str | None = None,
) -> tuple[int, int]:
    """Return the index of the column of file names and that of the labels.

    Args:
        header: the names of the columns.
        options: name the two columns.
        table: the name of the table, for messages.
        first: the cells of the first row, for a suggestion.
        line: the first line as it stands in the file, for messages; None if there is none.

    Raises:
        DataError: a column is missing, or a name stands more than once.
    """
    names = [name.strip() for name in header]
    repeated = [name for name, count in Counter(names).items() if name and count > 1]
    if repeated:
        raise invalid(table, f"has more than one column {', '.join(map(repr, repeated))}.")
    image, text = wanted_columns(options)
    found = [next((names.index(n) for n in group if n in names), None) for group in (image, text)]
    if found[0] is None or found[1] is None:
        listed = ", ".join(map(repr, names))
        shown = (
            f"Its columns are {listed:.300}" if line is None else f"Its first line is {line!r:.300}"
        )
        lacks = [group[0] for group, at in zip((image, text), found, strict=True) if at is None]
        raise invalid(
            table,
            f"has no column {' and no column '.join(lacks)}. {shown}. {suggest(names, first)}",
        )
    if found[0] == found[1]:
        raise invalid(table, f"cannot have file names and labels in one column: {image[0]!r}.")
    return found[0], found[1]


def suggest(names: Sequence[str], first: Sequence[str] = ()) -> str:
    """Return the sentence that says which options would read a table with these columns."""
    if any(map(is_image, names)):
        role = ["file" if is_image(name) else "" for name in names]
        if "" in role:
            role[role.index("")] = "text"
        listed = ",".join(name or f"column{at}" for at, name in enumerate(role, start=1))
        return f"If the table has no header, use --columns {listed}"
    guessed = guess_columns(names, first)
    if guessed is None:
        return (
            "Name the columns with --image-column and --text-column; for a table without a header "
            "use --columns, such as --columns file,text"
        )
    image, text = map(shlex.quote, guessed)
    options = [] if image in IMAGE_COLUMNS else [f"--image-column {image}"]
    options += [] if text in TEXT_COLUMNS else [f"--text-column {text}"]
    if not options:
        return f"Its columns {image} and {text} are found without options"
    return f"Perhaps: {' '.join(options)}"


def is_header(cells: Sequence[str]) -> bool:
    """Return whether cells are usual names of columns, one for file names and one for labels."""
    names = {cell.strip().strip("\"'").lower() for cell in cells}
    images, texts = {*IMAGE_COLUMNS, *_IMAGE_NAMES}, {*TEXT_COLUMNS, *_TEXT_NAMES}
    return not names.isdisjoint(images) and not names.isdisjoint(texts)


def guess_columns(names: Sequence[str], first: Sequence[str] = ()) -> tuple[str, str] | None:
    """Return the columns that probably hold the file names and the labels; None without a guess."""
    by_value = [name for name, cell in zip(names, first, strict=False) if name and is_image(cell)]
    image = next((n for n in (*IMAGE_COLUMNS, *by_value) if n in names), None)
    image = image or _by_name(names, _IMAGE_NAMES)
    rest = [name for name in names if name and name != image]
    text = next((n for n in TEXT_COLUMNS if n in rest), None) or _by_name(rest, _TEXT_NAMES)
    text = text or (rest[0] if len(rest) == 1 else None)
    return (image, text) if image and text else None


def _by_name(names: Sequence[str], known: Sequence[str]) -> str | None:
    by_lower = {name.lower(): name for name in reversed(names)}
    return next((by_lower[name] for name in known if name in by_lower), None)
