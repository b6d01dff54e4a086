"""Trains the captcha tutorial of mltu 1.2.5 (R. Balsys), with its own package and settings.

Three changes: the split is given instead of random, there is a time limit, and the patience is
doubled. With the tutorial's 50 epochs it stopped after 51, still without a correct text, when its
loss had just begun to fall. TensorBoard logs are written as in the tutorial. The word accuracy is
its own metric, so it costs what it costs there.
"""

import json
from pathlib import Path

import tensorflow as tf
from keras import layers
from keras.callbacks import Callback, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TensorBoard
from learning import VOCABULARY, History, arguments
from mltu.annotations.images import CVImage
from mltu.augmentors import RandomBrightness, RandomErodeDilate, RandomRotate
from mltu.preprocessors import ImageReader
from mltu.tensorflow.callbacks import Model2onnx, TrainLogger
from mltu.tensorflow.dataProvider import DataProvider
from mltu.tensorflow.losses import CTCloss
from mltu.tensorflow.metrics import CWERMetric
from mltu.tensorflow.model_utils import residual_block
from mltu.transformers import ImageResizer, LabelIndexer, LabelPadding

WIDTH, HEIGHT = 200, 50
BATCH = 64
EPOCHS = 1000
PATIENCE = 100
PLATEAU = 20
WORKERS = 20
# The filters of each block, its stride, and whether its shortcut has a convolution.
BLOCKS = (
    (16, 1, True),
    (16, 2, True),
    (16, 1, False),
    (32, 2, True),
    (32, 1, False),
    (64, 2, True),
    (32, 1, True),
    (64, 2, True),
    (64, 1, False),
)


def build(characters: int) -> tf.keras.Model:
    """Return the network: images (N, H, W, 3) to probabilities (N, T, characters + 1)."""
    images = layers.Input((HEIGHT, WIDTH, 3), name="input")
    x = layers.Lambda(lambda pixels: pixels / 255)(images)
    for filters, strides, shortcut in BLOCKS:
        x = residual_block(
            x, filters, strides=strides, skip_conv=shortcut, activation="leaky_relu", dropout=0.2
        )
    x = layers.Reshape((x.shape[-3] * x.shape[-2], x.shape[-1]))(x)
    x = layers.Bidirectional(layers.LSTM(128, return_sequences=True))(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(characters + 1, activation="softmax", name="output")(x)
    return tf.keras.Model(images, x)


def provider(paths: list[str], characters: str, longest: int) -> DataProvider:
    """Return the package's provider of batches."""
    return DataProvider(
        dataset=[[path, Path(path).stem] for path in paths],
        skip_validation=True,
        batch_size=BATCH,
        data_preprocessors=[ImageReader(CVImage)],
        transformers=[
            ImageResizer(WIDTH, HEIGHT),
            LabelIndexer(characters),
            LabelPadding(max_word_length=longest, padding_value=len(characters)),
        ],
    )


class Watch(Callback):
    """Records the word accuracy of every epoch, and stops at the time limit."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def on_epoch_end(self, _epoch: int, logs: dict[str, float] | None = None) -> None:
        """Record the epoch."""
        self._history.add(1 - float((logs or {})["val_WER"]))
        if self._history.is_over:
            self.model.stop_training = True


def main() -> None:
    """Train; the package writes the best network as ONNX."""
    options = arguments()
    history = History(options.out, options.minutes)
    tf.keras.utils.set_random_seed(options.seed)
    labels = [Path(path).stem for path in options.training]
    characters = "".join(sorted(set("".join(labels))))
    training, validation = (
        provider(paths, characters, max(map(len, labels)))
        for paths in (options.training, options.validation)
    )
    training.augmentors = [RandomBrightness(), RandomRotate(), RandomErodeDilate()]
    network = build(len(characters))
    network.compile(
        optimizer=tf.keras.optimizers.Adam(learning_rate=1e-3),
        loss=CTCloss(),
        metrics=[CWERMetric(padding_token=len(characters))],
        run_eagerly=False,
    )
    saved = str(options.out / "model.h5")
    patience, plateau = round(PATIENCE * options.longer), round(PLATEAU * options.longer)
    watched = {"monitor": "val_CER", "mode": "min", "verbose": 1}
    network.fit(
        training,
        validation_data=validation,
        epochs=round(EPOCHS * options.longer),
        callbacks=[
            EarlyStopping(patience=patience, **watched),
            ModelCheckpoint(saved, save_best_only=True, **watched),
            TrainLogger(str(options.out)),
            ReduceLROnPlateau(factor=0.9, min_delta=1e-10, patience=plateau, **watched),
            TensorBoard(str(options.out / "logs"), update_freq=1),
            Watch(history),
            Model2onnx(saved),
        ],
        workers=WORKERS,
        verbose=2,
    )
    (options.out / VOCABULARY).write_text(json.dumps(characters))


if __name__ == "__main__":
    main()
