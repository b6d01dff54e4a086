"""From images to readings, with any runtime for the network in between."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Unpack, cast

import numpy as np
import numpy.typing as npt

from captcha_model import networks
from captcha_model._utils import native
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.own_steps import join_steps
from captcha_model.errors import ImageError
from captcha_model.images.by_width import NO_CLOSER, Closer, Pixels, choose, widths
from captcha_model.images.decode import ImageSource
from captcha_model.images.preprocessing import PreparedImage
from captcha_model.images.sanitize import check_frame
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingKeywords, ReadingOptions, takes_reading_options
from captcha_model.inference.pipeline import (
    DEFAULT_BATCH_SIZE,
    Pipeline,
    Result,
    run_network,
    size_for_list,
)
from captcha_model.inference.reading_methods import Decode, ReadingMethods
from captcha_model.prediction import Frame, Prediction
from captcha_model.runtimes.base import Runtime
from captcha_model.vocabulary import Vocabulary


class Reader(ReadingMethods):
    """Reads texts from images with one network.

    Args:
        config: the settings of the model.
        runtime: runs the network that the settings describe.
        name: the name of the model; None if it has none.

    Attributes:
        config: the settings of the model.
        name: its name, which its readings have too: that of a bundled model, else None.
    """

    def __init__(self, config: CaptchaConfig, runtime: Runtime, name: str | None = None) -> None:
        self.config = config
        self.name = name
        self._architecture = networks.describe(config)
        self._runtime = runtime

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(architecture={self.config.architecture!r}, "
            f"characters={self.config.characters!r}, device={self.device!r})"
        )

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model can read."""
        return self.config.vocabulary

    @property
    def characters(self) -> str:
        """The characters that the model can read, in the order of the vocabulary."""
        return self.config.characters

    @property
    def device(self) -> str:
        """The device and the runtime that the model uses, such as "CPU (ONNX Runtime)".

        Where the compiled core is not used, it ends in ", decoded by NumPy".
        """
        return self._runtime.device + ("" if native.core else ", decoded by NumPy")

    @property
    def left_to_right(self) -> bool:
        """Whether the time steps follow the image from left to right, so that there are spans."""
        return self._architecture.left_to_right

    @property
    def min_confidence(self) -> float | None:
        """The confidence at which the model accepts a reading by default; None accepts none."""
        return (self.config.calibration or Calibration()).min_confidence

    def warm_up(self) -> None:
        """Read a blank image, so that the first real one does not wait for the compilation."""
        self.predict(np.zeros(self.config.input_shape, np.uint8))

    @takes_reading_options
    def predict_pixels(
        self, pixels: Pixels, closer: Closer = NO_CLOSER, **options: Unpack[ReadingKeywords]
    ) -> list[Prediction]:
        """Read images that have the network's size already, as data sets hold them.

        Args:
            pixels: N images, `uint8`: an array (N, height, width, channels), or a tuple of arrays
                of several widths.
            closer: closer looks at some of them, as `LabelledImages.closer` holds them.
            **options: the fields of `ReadingOptions`.

        Returns:
            N readings; their spans are in the network's pixels.
        """
        decoder = self.decoder(ReadingOptions(**options))
        decoder.warn()
        check_frame(decoder.frame_choice, 1)
        prepared = [
            PreparedImage(image, Frame(image.shape[1], image.shape[0]), closer.get(n))
            for n, image in enumerate(pixels)
        ]
        size = size_for_list(len(prepared), DEFAULT_BATCH_SIZE)
        # There is no error among the results, because all images are decoded.
        found = self.pipeline(decoder, Decoder.decode).read(prepared, size)
        return list(cast("Iterator[Prediction]", found))

    def logits(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """Run the network, in batches, on images that have its size.

        Args:
            pixels: N images, as for `predict_pixels`.

        Returns:
            Logits of shape (N, T, classes), before the softmax. T is the number of steps of the
            widest image, and behind its own last step an image has certain blanks.
        """
        # A batch has few widths, so that the network runs seldom on a part of it alone.
        order = np.argsort(widths(pixels), kind="stable")
        chunks = [
            (rows, run_network(self._runtime, choose(pixels, rows)))
            for i in range(0, len(order), DEFAULT_BATCH_SIZE)
            for rows in [order[i : i + DEFAULT_BATCH_SIZE].tolist()]
        ]
        if not chunks:
            return np.empty(
                (0, networks.time_steps(self.config), self.vocabulary.classes), np.float32
            )
        return join_steps(len(pixels), chunks)

    def _stream(
        self,
        images: Iterable[ImageSource | ImageError],
        batch_size: int,
        options: ReadingOptions,
        decode: Decode[Result],
    ) -> Iterator[Result | ImageError]:
        decoder = self.decoder(options)
        decoder.warn()
        return self.pipeline(decoder, decode).read(images, batch_size)

    def pipeline(self, decoder: Decoder, decode: Decode[Result]) -> Pipeline[Result]:
        """Return the pipeline that reads images.

        Args:
            decoder: turns the logits into readings.
            decode: its method that does so.
        """
        return Pipeline(self.config, self._runtime, partial(decode, decoder), decoder.frame_choice)

    def decoder(
        self, options: ReadingOptions, *, in_distribution: bool = False, advise: bool = True
    ) -> Decoder:
        """Return what turns the model's logits into readings.

        Args:
            options: the reading options.
            in_distribution: whether it is known already that the images are in distribution.
            advise: whether readings that are rejected as out of distribution name another model.

        Raises:
            ConstraintError: the model can read no text that fits the options.
        """
        return Decoder(
            self.config,
            self._architecture,
            options,
            model=self.name,
            advice=self._advice if advise else str,
            in_distribution=in_distribution,
            look=lambda pixels, rows, number: run_network(self._runtime, pixels),  # noqa: ARG005
        )

    def _advice(self) -> str:
        """Return a sentence about what to do with an image that is out of distribution."""
        return ""
