#!/usr/bin/env bash
# Two equal trainings in one process end in different weights, because of the names of the layers.
#
# Versions: Keras 3.15.1 on TensorFlow 2.21.0, CPU, Python 3.11. Seen on 2026-11-28.
#
# Keras numbers automatic layer names on through a process (dense_8, dense_9, dense_10, ...).
# TensorFlow's gradient of a tensor with several consumers is a sum whose order follows the names as
# text, so that dense_10 comes before dense_9, and floating-point addition is not associative. With
# the same seed, data and order of batches, a model whose names cross such a border ends in other
# weights than the same model built earlier or later. `keras.utils.set_random_seed` and
# `tf.config.experimental.enable_op_determinism` say nothing of it.
#
# A way round it: build each model in a thread of its own, where Keras's numbers begin again at 0,
# or call `keras.backend.clear_session()` before.
#
# Output seen:
#   dense_1 dense_2 dense_3      a hash
#   dense_8 dense_9 dense_10     another hash
#   dense_15 dense_16 dense_17   the first hash again
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet keras==3.15.1 tensorflow==2.21.0
cat > "$folder/names.py" <<'PYTHON'
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers

tf.config.experimental.enable_op_determinism()


def train() -> tuple[list[str], str]:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16,))
    shared = layers.Dense(32)(inputs)
    branches = [layers.Dense(8) for _ in range(3)]
    outputs = layers.Dense(4)(layers.add([branch(shared) for branch in branches]))
    model = keras.Model(inputs, outputs)
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(64, n)).astype("float32") for n in (16, 4))
    model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    weights = b"".join(w.tobytes() for w in model.get_weights())
    return [branch.name for branch in branches], hashlib.sha256(weights).hexdigest()[:8]


hashes = []
for _ in range(3):
    names, found = train()
    hashes.append(found)
    print(*names, found)
    layers.Dense(1), layers.Dense(1)  # They shift the numbers of the next model by two.
assert hashes[0] == hashes[2] != hashes[1], hashes
print("as found: names that cross from one digit to two change the weights")
PYTHON
CUDA_VISIBLE_DEVICES=-1 TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" "$folder/names.py" 2>/dev/null
