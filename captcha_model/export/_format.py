"""The facts of a format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

NETWORK_GIVES = (
    "It takes images (N, height, width, channels) as float32 from 0 to 1 and gives logits "
    "(N, steps, classes), before the softmax; class 0 is no character."
)


@dataclass(frozen=True)
class Format:
    """A format that a model can be exported to.

    Attributes:
        write: writes a model to a path, completely or not at all.
        name: the usual name of the file, with the suffix of the format, or of the folder.
        usage: one line of Python that loads the export, with `{path}` for its path.
        gives: a description of the input and the output.
        check: raises the error with which writing a model of these settings would fail.
    """

    write: Callable[["CaptchaModel", Path], None]
    name: str
    usage: str
    gives: str
    check: Callable[[CaptchaConfig], None] = lambda config: None  # noqa: ARG005

    @property
    def suffix(self) -> str:
        """The suffix of the file's name; "" for a folder."""
        return Path(self.name).suffix

    def usage_of(self, path: Path) -> str:
        """Return the line of Python that loads the export at `path`."""
        return self.usage.replace("{path}", path.as_posix())
