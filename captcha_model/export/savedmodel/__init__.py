"""A TensorFlow SavedModel folder that goes from encoded images to texts, without this package.

Its default signature takes `images`, a string tensor (N,) of the bytes of PNG, JPEG, GIF, BMP or
WebP files, N at least 1 (`captcha_model.export.savedmodel._images` says what differs from our own reading of
files), and gives

| name | shape | holds |
|---|---|---|
| `text` | (N,) string | what was read |
| `confidence` | (N,) float32 | of the text |
| `characters` | (N, L) string | its characters, padded with "" |
| `character_confidence` | (N, L) float32 | of each, padded with 0 |

The text is the best path's: beam search, which our own reading uses and which may find another
text, is not in the graph. Nor are the exact confidences of `captcha_model.decoding.posterior` and their
calibration: here a character's is the largest softmax probability of its class over the steps that
emitted it; the text's is the product of its characters', with fixed places also of those of the
places left empty. An image that cannot be decoded fails the whole batch with TensorFlow's
InvalidArgumentError.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from captcha_model import networks
from captcha_model._utils.atomic_files import is_free, replaced_folder
from captcha_model._utils.keras_backend import load_keras
from captcha_model.errors import ExportError
from captcha_model.export._format import Format
from captcha_model.export._inference_copy import portable_copy, quiet
from captcha_model.export.savedmodel._decoding import best_path
from captcha_model.export.savedmodel._images import to_batch

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

MARK = "saved_model.pb"
# A place that TensorFlow leaves to others.
README = Path("assets.extra") / "README.md"


def write(model: "CaptchaModel", path: Path) -> None:
    """Build the graph around a copy of the network and swap its folder in.

    Raises:
        ExportError: `path` is a file, or a folder that is neither empty nor a SavedModel.
    """
    if not is_free(path, MARK):
        raise ExportError(
            f"{path} is in the way: it is not a SavedModel, and it is not replaced.",
            code="DESTINATION_NOT_EMPTY",
        )
    with replaced_folder(path) as folder, quiet():
        _archive(model).write_out(folder, verbose=False)
        (folder / README).parent.mkdir(exist_ok=True)
        (folder / README).write_text(f"{FORMAT.gives}\n", encoding="utf-8")


def _archive(model: "CaptchaModel") -> Any:
    """Return Keras's `ExportArchive` with the whole way from files to texts as its endpoint."""
    network = portable_copy(model.config, model.network)
    import tensorflow as tf

    output = networks.describe(model.config).output
    characters_of = model.vocabulary.string_lookup(invert=True)

    def read(images: Any) -> dict[str, Any]:
        logits = network(to_batch(images, model.config), training=False)
        ids, confidences, confidence = best_path(logits, output)
        characters = characters_of(ids)
        return {
            "text": tf.strings.reduce_join(characters, axis=-1),
            "confidence": confidence,
            "characters": characters,
            "character_confidence": confidences,
        }

    archive = load_keras().export.ExportArchive()
    characters_of.build((None, None))
    archive.track(characters_of)
    signature = tf.TensorSpec((None,), tf.string, name="images")
    archive.add_endpoint("read", read, input_signature=[signature])
    return archive


FORMAT = Format(
    write=write,
    name="saved_model",
    # TensorFlow forgets the variables of a loaded model that nobody holds, so it needs a name.
    usage=(
        'model = tensorflow.saved_model.load("{path}"); '
        'texts = model.read(tensorflow.constant([file_bytes]))["text"]'
    ),
    gives=(
        "It takes images (N,), the bytes of PNG, JPEG, GIF, BMP or WebP files, and gives text "
        "(N,), confidence (N,), characters (N, L) and character_confidence (N, L). A character's "
        "confidence is the largest softmax probability of its class over the steps that emitted "
        "it; the text's is the product of its characters' and, with fixed places, of the empty "
        "places'. Texts are the best path's, without beam search."
    ),
)
