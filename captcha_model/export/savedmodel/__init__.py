"""A TensorFlow SavedModel folder that turns encoded images into texts, without this package.

Its default signature takes `images`, a string tensor (N,) with the bytes of PNG, JPEG, GIF, BMP or
WebP files, N at least 1. How it differs from our own reading of files is described in
`captcha_model.export.savedmodel._images`. It gives

| name | shape | contents |
|---|---|---|
| `text` | (N,) string | the texts |
| `confidence` | (N,) float32 | the confidences of the texts |
| `characters` | (N, L) string | their characters, padded with "" |
| `character_confidence` | (N, L) float32 | the confidences of the characters, padded with 0 |

The text is that of the best path. Our own reading uses beam search, which may find another text.
The exact confidences of `captcha_model.decoding.posterior` and their calibration are not in the
graph either. Here the confidence of a character is the largest softmax probability of its class
over the steps that emit it. The confidence of a text is the product of those of its characters and,
with fixed positions, of those of the empty positions. If an image cannot be decoded, the whole
batch fails with TensorFlow's InvalidArgumentError.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from captcha_model import networks
from captcha_model._utils.atomic_files import is_free, replaced_folder
from captcha_model._utils.keras_backend import load_keras
from captcha_model.errors import ExportError
from captcha_model.export._format import Format
from captcha_model.export._inference_copy import inference_copy, quiet
from captcha_model.export.savedmodel._decoding import best_path
from captcha_model.export.savedmodel._images import to_batch

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

MARK = "saved_model.pb"
# A folder that TensorFlow reserves for other programs.
README = Path("assets.extra") / "README.md"


def write(model: "CaptchaModel", path: Path) -> None:
    """Build the graph with a copy of the network, and replace the folder at the path.

    Raises:
        ExportError: the model's texts are not in the order of the picture, it gives every image a
            width of its own, or `path` is a file, or a folder that is neither empty nor a
            SavedModel.
    """
    if model.vocabulary.reading_order == "logical":
        raise ExportError(
            "A SavedModel gives texts in the order of the picture, but this model's reading_order "
            'is "logical". Export it as keras, onnx or litert, whose results are logits.',
            code="EXPORT_UNSUPPORTED",
        )
    if model.config.any_width:
        raise ExportError(
            "A SavedModel reads batches of images of one width, but this model gives every image "
            "a width of its own. Export it as keras or onnx.",
            code="EXPORT_UNSUPPORTED",
        )
    if not is_free(path, MARK):
        raise ExportError(
            f"{path} exists and is not a SavedModel, so it is not replaced. Choose another path.",
            code="DESTINATION_NOT_EMPTY",
        )
    with replaced_folder(path) as folder, quiet():
        _archive(model).write_out(folder, verbose=False)
        (folder / README).parent.mkdir(exist_ok=True)
        (folder / README).write_text(f"{FORMAT.gives}\n", encoding="utf-8")


def _archive(model: "CaptchaModel") -> Any:
    """Return Keras's `ExportArchive`, whose endpoint turns files into texts."""
    network = inference_copy(model.config, model.network)
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
    # TensorFlow frees the variables of a loaded model without a reference, so it needs a name.
    usage=(
        'model = tensorflow.saved_model.load("{path}"); '
        'texts = model.read(tensorflow.constant([file_bytes]))["text"]'
    ),
    gives=(
        "It takes images (N,), the bytes of PNG, JPEG, GIF, BMP or WebP files, and gives text "
        "(N,), confidence (N,), characters (N, L) and character_confidence (N, L). A character's "
        "confidence is the largest softmax probability of its class over the steps that emit it. "
        "A text's confidence is the product of those of its characters and, with fixed positions, "
        "of those of the empty positions. Texts are those of the best path, without beam search. "
        "Files are turned upright by their EXIF data, and transparency lies on white. These are "
        "read otherwise than by captcha_model: BMP files with a palette; a transparent colour of a "
        "PNG without a palette; a GIF whose first frame is smaller than the image; CTC texts that "
        "only the beam search finds. The size of an image is not limited."
    ),
)
