"""The interface of a runtime, which turns a batch of images into logits."""

from typing import Protocol

import numpy as np
import numpy.typing as npt


class Runtime(Protocol):
    """Runs one network."""

    @property
    def device(self) -> str:
        """The device and the library, such as "CPU (ONNX Runtime)"."""
        ...

    @property
    def threads(self) -> int | None:
        """The number of threads that may read; None if it was not set."""
        ...

    @property
    def concurrent(self) -> bool:
        """Whether two threads that run it at once are sooner done than one after the other."""
        ...

    def logits(
        self, batch: npt.NDArray[np.float32], *, busy: bool = False
    ) -> npt.NDArray[np.float32]:
        """Turn images (N, H, W, C) from 0 to 1 into logits (N, T, C) before the softmax.

        Args:
            batch: the images.
            busy: whether another thread is working, for which one core is left free.
        """
        ...
