"""Trains the Keras example "OCR model for reading captchas", with two mistakes repaired.

As published it discards its shuffled order, so that its validation split is the end of the
alphabet, and it decodes with another blank than it trains with. One change favours it: the images
are shuffled in every epoch. In the single order of the example it predicted only blanks for 60 of
its 100 epochs, and reached 83% at their end. Everything else is as published: the network, its
loss, batches of 16, Adam, up to 100 epochs, and early stopping after ten epochs without a lower
validation loss. With few images and more epochs (`--longer`) there is no early stopping: the loss
rises there before it falls.
"""

import json
import random
import time
from pathlib import Path

import keras
import tensorflow as tf
from keras import layers
from keras_example import HEIGHT, WIDTH, batches, image, texts
from learning import VOCABULARY, History, arguments

BATCH = 16
EPOCHS = 100
PATIENCE = 10


def build(classes: int) -> keras.Model:
    """Return the network: images (N, W, H, 1) to probabilities (N, W / 4, classes)."""
    images = keras.Input((WIDTH, HEIGHT, 1), name="image")
    x = images
    for filters in (32, 64):
        x = layers.Conv2D(
            filters, 3, activation="relu", kernel_initializer="he_normal", padding="same"
        )(x)
        x = layers.MaxPooling2D((2, 2))(x)
    x = layers.Reshape((WIDTH // 4, HEIGHT // 4 * 64))(x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dropout(0.2)(x)
    for units in (128, 64):
        x = layers.Bidirectional(layers.LSTM(units, return_sequences=True, dropout=0.25))(x)
    return keras.Model(images, layers.Dense(classes, activation="softmax")(x))


def ctc(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Return the loss of each image, by the kernel of the example; the blank is the last class.

    Args:
        labels: ids from 1, shape (N, L).
        probabilities: shape (N, T, classes).
    """
    shape = tf.shape(probabilities)
    logarithms = tf.math.log(tf.transpose(probabilities, [1, 0, 2]) + keras.backend.epsilon())
    return tf.compat.v1.nn.ctc_loss(
        labels=tf.sparse.from_dense(tf.cast(labels, tf.int32)),
        inputs=logarithms,
        sequence_length=tf.fill([shape[0]], shape[1]),
    )


class Watch(keras.callbacks.Callback):
    """Evaluates the validation split after every epoch, and stops at the time limit."""

    def __init__(self, history: History, paths: list[str], characters: str) -> None:
        super().__init__()
        self._history = history
        self._images = batches(paths, BATCH)
        self._labels = [Path(path).stem for path in paths]
        self._characters = characters

    def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
        """Record the epoch."""
        start = time.perf_counter()
        read = texts(self.model.predict(self._images, verbose=0), self._characters)
        right = sum(a == b for a, b in zip(read, self._labels, strict=True))
        self._history.add(right / len(read), time.perf_counter() - start)
        if self._history.is_over:
            self.model.stop_training = True


def main() -> None:
    """Train, and save the network with the best validation loss."""
    options = arguments()
    history = History(options.out, options.minutes)
    keras.utils.set_random_seed(options.seed)
    random.Random(options.seed).shuffle(options.training)
    characters = "".join(sorted({c for path in options.training for c in Path(path).stem}))
    splits = []
    for paths in (options.training, options.validation):
        ids = [[characters.find(c) + 1 for c in Path(path).stem] for path in paths]
        split = tf.data.Dataset.from_tensor_slices((list(paths), ids))
        if paths is options.training:
            split = split.shuffle(len(paths), seed=options.seed)
        split = split.map(lambda path, ids: (image(path), ids), num_parallel_calls=tf.data.AUTOTUNE)
        splits.append(split.batch(BATCH).prefetch(tf.data.AUTOTUNE))
    network = build(len(characters) + 2)
    network.compile(optimizer=keras.optimizers.Adam(), loss=ctc)
    epochs = round(EPOCHS * options.longer)
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_loss",
        patience=epochs if options.longer > 1 else PATIENCE,
        restore_best_weights=True,
    )
    network.fit(
        splits[0],
        validation_data=splits[1],
        epochs=epochs,
        callbacks=[stopping, Watch(history, options.validation, characters)],
        verbose=2,
    )
    network.save(options.out / "model.keras", include_optimizer=False)
    (options.out / VOCABULARY).write_text(json.dumps(characters))


if __name__ == "__main__":
    main()
