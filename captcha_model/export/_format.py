"""What a format's file says about itself."""

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
        write: writes a model to a path, whole or not at all.
        name: the usual name of the file, whose suffix is the format's, or of the folder.
        usage: one line of Python that opens what was written, with `{path}` for its place.
        gives: what goes in and comes out, in a sentence or two.
        check: raises the error that writing a model of these settings would end in.
    """

    write: Callable[["CaptchaModel", Path], None]
    name: str
    usage: str
    gives: str
    check: Callable[[CaptchaConfig], None] = lambda config: None  # noqa: ARG005

    @property
    def suffix(self) -> str:
        """What the file's name ends in; "" for a folder."""
        return Path(self.name).suffix

    def usage_of(self, path: Path) -> str:
        """Return the line of Python that opens what was written to `path`."""
        return self.usage.replace("{path}", path.as_posix())
