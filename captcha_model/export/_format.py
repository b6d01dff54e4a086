"""The facts of a format."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.decoding.heads import CTC

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

NETWORK_GIVES = (
    "It takes images (N, height, width, channels) as float32 from 0 to 1 and gives logits "
    "(N, steps, classes), before the softmax; class 0 is {class_0}."
)


@dataclass(frozen=True)
class Format:
    """A format that a model can be exported to.

    Attributes:
        write: writes a model to a path, completely or not at all.
        name: the usual name of the file, with the suffix of the format, or of the folder.
        usage: one line of Python that loads the export, with `{path}` for its path.
        gives: a description of the input and the output, with `{class_0}` for what the first class
            means.
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

    def gives_of(self, config: CaptchaConfig) -> str:
        """Return the description of the input and the output for a model of these settings."""
        is_ctc = networks.describe(config).output is CTC
        return self.gives.replace("{class_0}", "the blank" if is_ctc else "an empty position")

    def usage_of(self, path: Path) -> str:
        """Return the line of Python that loads the export at `path`."""
        return self.usage.replace("{path}", path.as_posix())
