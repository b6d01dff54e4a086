"""Read images with exported models, in a process that has TensorFlow and neither us nor Keras.

Standard input holds `[[folder, [[base64 of a file, ...], ...]], ...]`: models and their batches.
Standard output gets, in the same order, each batch's outputs, or {"error": what TensorFlow says}.
"""

import base64
import json
import sys

for absent in ("captcha_model", "keras", "PIL"):
    sys.modules[absent] = None

import tensorflow as tf  # noqa: E402


def read(model, batch: list[str]) -> dict:
    images = tf.constant([base64.b64decode(image) for image in batch])
    try:
        outputs = model.signatures["serving_default"](images=images)
    except tf.errors.InvalidArgumentError as error:
        return {"error": str(error)}
    return {
        name: [v.decode() if isinstance(v, bytes) else v for v in value.numpy().ravel().tolist()]
        for name, value in outputs.items()
    } | {"shapes": {name: list(value.shape) for name, value in outputs.items()}}


results = []
for folder, batches in json.load(sys.stdin):
    model = tf.saved_model.load(folder)
    results.append([read(model, batch) for batch in batches])
json.dump(results, sys.stdout)
