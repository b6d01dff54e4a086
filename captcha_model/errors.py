"""The errors that this package raises on purpose, each with a stable code for programs.

Every message is one or two sentences for a person. A program looks at `code`, which does not change
between versions; a message may. Each class lists its codes in `codes`; the first is its default.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from captcha_model.training.result import FitResult, TrainedModel


class CaptchaError(Exception):
    """Base of every error that this package raises on purpose.

    Args:
        message: what went wrong and what to do about it, for a person.
        code: one of the class's `codes`; the first of them if left out.

    Raises:
        ValueError: the class has no such code.
    """

    codes: ClassVar[Mapping[str, str]] = {"ERROR": "An error without a code of its own."}
    code: str = "ERROR"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = next(iter(cls.codes))

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None and code not in self.codes:
            raise ValueError(f"{type(self).__name__} has no code {code!r}. Known: {[*self.codes]}")
        self.code = code or type(self).code


class DataWarning(UserWarning):
    """Something about usable data that a user should know; the command line prints it."""


class ConstraintWarning(UserWarning):
    """A model cannot read some of what a constraint allows, but it can read the rest.

    It is issued by `warnings.warn`, and the readings have the same sentence in `warnings`.
    """


class ImageError(CaptchaError):
    """An image cannot be read, or it cannot hold a text."""

    codes: ClassVar[Mapping[str, str]] = {
        "IMAGE_UNREADABLE": "The image cannot be read.",
        "IMAGE_NOT_FOUND": "There is no such file, or it cannot be opened.",
        "IMAGE_TYPE": "The value is no path, data URL, bytes, binary file, array or PIL image.",
        "IMAGE_EMPTY": "The image has no bytes.",
        "IMAGE_FORMAT": "The file is not a PNG, JPEG, GIF, WebP or BMP image.",
        "IMAGE_DAMAGED": "The image file is damaged.",
        "IMAGE_FRAME": "The image has no frame of that number.",
        "IMAGE_BASE64": "The text is not base64, or the data URL has no base64.",
        "IMAGE_TOO_COMPLEX": "Decoding the image file would take too much time or memory.",
        "IMAGE_TOO_LARGE": "The image has too many bytes or too many pixels.",
        "IMAGE_TOO_SMALL": "The image has too few pixels to hold a text.",
        "IMAGE_ASPECT": "The image is too long for its height, or too high for its width.",
        "ARRAY_SHAPE": "The array does not have the shape of an image.",
        "ARRAY_TYPE": "The array does not have a data type that pixels have.",
        "ARRAY_RANGE": "The array has values outside the range of pixels.",
        "FOLDER_EMPTY": "The folder holds no images.",
    }


class VocabularyError(CaptchaError):
    """A set of characters, or a text over it, is not valid."""

    codes: ClassVar[Mapping[str, str]] = {
        "VOCABULARY_INVALID": "The characters are not a vocabulary.",
        "CHARACTER_UNKNOWN": "The text holds a character that the vocabulary lacks.",
    }


class ConstraintError(CaptchaError):
    """A constraint on the text is not valid, or no text of the model satisfies it."""

    codes: ClassVar[Mapping[str, str]] = {
        "CONSTRAINT_INVALID": "The constraint is not valid, or no text satisfies it."
    }


class ConfigError(CaptchaError):
    """The settings of a model or of a run are not valid."""

    codes: ClassVar[Mapping[str, str]] = {
        "CONFIG_INVALID": "The settings are not valid.",
        "CONFIG_DAMAGED": "The settings of a model are not those that were saved.",
        "FORMAT_TOO_NEW": "The model was saved by a newer version of captcha_model.",
        "NOVELTY_INVALID": "The saved novelty detector is not valid.",
        "FACTS_INVALID": "The saved facts of the model card are not valid.",
    }


class ModelFolderError(CaptchaError):
    """A saved model is missing, damaged or of an unknown kind."""

    codes: ClassVar[Mapping[str, str]] = {
        "MODEL_INVALID": "The folder is not a valid model.",
        "MODEL_NOT_FOUND": "There is no such folder, and the name is not one of a Hub repository.",
        "NOT_A_CAPTCHA_MODEL": "The folder, file or repository is not a captcha model.",
        "REVISION_AMBIGUOUS": "Two different revisions are requested, or one of a bundled model.",
        "FILE_OUTSIDE_FOLDER": "A file of the model is a link that leads out of its folder.",
        "WEIGHTS_MISSING": "A file of the network is missing.",
        "WEIGHTS_DAMAGED": "A file of the network is not the file that was saved.",
        "WEIGHTS_INVALID": "A file of the network cannot be read.",
        "WEIGHTS_SHAPE_MISMATCH": "The network is not the one that the settings describe.",
        "SETTINGS_MISMATCH": "The settings are not those that the network was saved with.",
        "WEIGHTS_NOT_FINITE": "The network holds or gives numbers that are NaN or infinite.",
        "KERAS_CONFIG_NOT_ALLOWED": "Keras's config.json holds what may run code or read files.",
        "ONNX_NOT_ALLOWED": "The ONNX graph holds what no graph of this package does.",
        "ONNX_NOT_SELF_CONTAINED": "The ONNX graph refers to other files.",
        "DESTINATION_NOT_EMPTY": "The destination holds something other than a model.",
    }


class DataError(CaptchaError):
    """A set of labelled images cannot be used as it is."""

    codes: ClassVar[Mapping[str, str]] = {
        "DATA_INVALID": "The data or the settings of the data are not valid.",
        "SOURCE_NOT_FOUND": "There is no such source of images.",
        "SOURCE_EMPTY": "The source holds no images.",
        "SOURCE_DAMAGED": "The files of the source are damaged.",
        "DOWNLOAD_FAILED": "The data set could not be downloaded.",
        "TABLE_INVALID": "The table of labels cannot be read.",
        "NAME_ENCODING": "The names in a zip are in an unknown encoding.",
        "OUT_INSIDE_DATA": "The output would be written among the labelled images.",
        "FILES_MISSING": "The table lists files that do not exist.",
        "TABLE_UNUSED": "A table beside the images is not used, though it names them.",
        "FILE_NAME_INVALID": "A file name has not the form that labels are taken from.",
        "IMAGES_UNREADABLE": "Images cannot be read.",
        "LABEL_EMPTY": "An image has an empty label.",
        "LABEL_WHITE_SPACE": "A label begins or ends with white space.",
        "LABEL_OUT_OF_VOCABULARY": "A label holds a character that the vocabulary lacks.",
        "LABEL_COMBINING": "A label holds a combining mark, which is no character of its own.",
        "LABEL_DIRECTION": "A label has no clear order from left to right.",
        "LABEL_TOO_LONG": "A label is longer than the network can read.",
        "CONFLICTING_LABELS": "Identical images have different labels.",
        "SPLIT_LEAKAGE": "Images of one split are also in another.",
        "SPLIT_FOLDER_MISSING": "An image is in no folder that names its split.",
        "UNLABELLED": "Images without a label cannot be used with these labels, or there are none.",
        "SPLIT_EMPTY": "No images are left to train on, to evaluate or to calibrate with.",
        "FRACTION_INVALID": "The fraction of the validation split is not valid.",
    }


class TrainingError(CaptchaError):
    """Training cannot start or cannot go on."""

    codes: ClassVar[Mapping[str, str]] = {
        "TRAINING_FAILED": "The settings of the training are not valid.",
        "LOSS_NOT_FINITE": "The loss is NaN or infinite.",
        "RUN_LOCKED": "Another process is using this folder.",
        "NOTHING_TO_RESUME": "The folder holds no checkpoint.",
        "CHECKPOINT_DAMAGED": "The checkpoint is damaged.",
        "CHECKPOINT_INCOMPATIBLE": "The checkpoint is of a run with other settings or images.",
        "CHECKPOINT_NOT_WRITTEN": "The checkpoint could not be written.",
        "DEVICES": "There are too few devices to train on, or too few images for them.",
    }


class DivergedError(TrainingError):
    """The loss became NaN or infinite after the first epoch.

    Args:
        message: for a person.
        fitted: the training up to then; its model has the best weights and is not calibrated.
        trained: the same model calibrated and evaluated, if `captcha_model.train` raises this.
    """

    codes: ClassVar[Mapping[str, str]] = {"LOSS_NOT_FINITE": TrainingError.codes["LOSS_NOT_FINITE"]}

    def __init__(
        self, message: str, fitted: "FitResult", trained: "TrainedModel | None" = None
    ) -> None:
        super().__init__(message)
        self.fitted = fitted
        self.trained = trained

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle would rebuild it from its message alone.
        return type(self), (str(self), self.fitted, self.trained)


class ExportError(CaptchaError):
    """A model cannot be written in a format, or not to that path."""

    codes: ClassVar[Mapping[str, str]] = {
        "EXPORT_UNSUPPORTED": "The format has no operations for the model's network.",
        "EXPORT_FORMAT": "There is no such format.",
        "EXPORT_PATH": "The path does not suit the format.",
        "EXPORT_BACKEND": "Keras does not run on TensorFlow, which the format needs.",
        "DESTINATION_NOT_EMPTY": "The destination holds something other than such an export.",
    }


class HubError(CaptchaError):
    """The Hub cannot be reached, or it rejects a request."""

    codes: ClassVar[Mapping[str, str]] = {
        "HUB_FAILED": "The Hub answered with an error.",
        "HUB_UNREACHABLE": "The Hub cannot be reached, or offline mode is on.",
        "REPO_NAME_INVALID": "This is not the name of a Hub repository.",
        "REPO_NOT_FOUND": "There is no such repository, or it is private.",
        "REPO_GATED": "The repository is gated.",
        "REPO_PUBLIC": "A private repository is requested, but it exists and is public.",
        "REVISION_NOT_FOUND": "The repository has no such revision.",
        "TOKEN_MISSING": "No token was found.",
        "TOKEN_INVALID": "The token is not valid.",
        "ACCESS_DENIED": "The token does not allow the request.",
        "BRANCH_AND_PULL_REQUEST": "Both a branch and a pull request are requested.",
        "CHECKOUT_MISSING": "The folder is not a checkout of this project.",
        "CHECKOUT_UNCLEAR": "The checkout has files that git does not track, or lacks some.",
        "GIT_MISSING": "Git cannot be run.",
    }


class DependencyError(CaptchaError):
    """An optional package that this step needs is not installed."""

    codes: ClassVar[Mapping[str, str]] = {"DEPENDENCY_MISSING": "A package is not installed."}

    @classmethod
    def missing(cls, package: str, extra: str, purpose: str) -> "DependencyError":
        """Return an error that names the package that `purpose` needs, and our extra with it."""
        return cls(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f"Install it with: python -m pip install 'captcha-model[{extra}]'"
        )


class ForkedProcessError(CaptchaError):
    """Keras cannot run in this process, because its threads are those of the parent process."""

    codes: ClassVar[Mapping[str, str]] = {
        "FORKED_PROCESS": "Keras was used before this process was forked, and cannot run in it."
    }


class RuntimeFallbackWarning(UserWarning):
    """A model is read by another runtime than the first choice."""
