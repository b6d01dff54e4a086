"""What a source of images holds but is not used, counted by kind for one warning."""

import warnings
from collections import defaultdict
from collections.abc import Mapping

from captcha_model._utils.name_some import name_some, one_line
from captcha_model.errors import DataWarning

# One and several; "{}" is the number.
BROKEN_LINK = ("{} link to nothing", "{} links to nothing")
FOLDER = ("{} folder in it", "{} folders in it")
FOLDER_LINK = ("{} link to a folder", "{} links to folders")
HIDDEN = ("{} hidden image", "{} hidden images")
HIDDEN_FOLDER = ("{} hidden folder", "{} hidden folders")
IN_HIDDEN_FOLDER = ("{} file in a hidden folder", "{} files in hidden folders")
LINK_OUT = ("{} link that leads out", "{} links that lead out")
LINK_IN_ZIP = ("{} symbolic link in the archive", "{} symbolic links in the archive")
NO_UTF8 = ("{} image whose name is not UTF-8", "{} images whose names are not UTF-8")
OTHER_FILE = ("{} file that is not an image by its suffix", "{} files that are no images by suffix")
OUTPUTS = ("{} folder that captcha_model wrote", "{} folders that captcha_model wrote")
REPLACED = ("{} entry that a later one replaces", "{} entries that later ones replace")
SPECIAL = (
    "{} entry that is neither a file nor a folder",
    "{} entries that are neither files nor folders",
)
UNREADABLE_FOLDER = ("{} folder that cannot be read", "{} folders that cannot be read")

Kind = tuple[str, str]
NAMED = 3  # Names of one kind in the warning.


class Skipped:
    """Collects the names of what is left out, by kind."""

    def __init__(self) -> None:
        self._names: dict[Kind, list[str]] = defaultdict(list)

    def add(self, kind: Kind, name: str) -> None:
        """Note one name of a kind of this module."""
        self._names[kind].append(name)

    @property
    def names(self) -> Mapping[Kind, list[str]]:
        """The names of each kind."""
        return self._names

    def warn(self, source: str) -> None:
        """Issue one `DataWarning` that counts and names everything; none if nothing was left out.

        Args:
            source: what the names are relative to.
        """
        if not self._names:
            return
        kinds = "; ".join(
            f"{kind[len(names) > 1].format(len(names))} ({name_some(map(one_line, names), NAMED)})"
            for kind, names in sorted(self._names.items())
        )
        warnings.warn(f"Left out of {source!r}: {kinds}.", DataWarning, stacklevel=3)
