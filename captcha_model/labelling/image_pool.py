"""The images of a folder with what is proposed for them, read in the background."""

import threading
from collections.abc import Iterator, Mapping, Sequence

from captcha_model.errors import CaptchaError, ImageError
from captcha_model.labelling.images import ImageFolder, SeenImage, see
from captcha_model.labelling.order import most_useful
from captcha_model.labelling.proposals import Decoded, Proposal, Proposer


class ImagePool:
    """Proposals for the images of a folder, which a better reader replaces.

    Args:
        images: the folder.

    Attributes:
        images: the folder.
        seen: how the images look that were decoded so far.
        unopened: the images that cannot be decoded, with the reason.
        proposals: by image; all of them by readers that were not trained on the image.
        reader: the name of the reader that proposes.
        problem: why the reader gave up; empty if it did not.
    """

    def __init__(self, images: ImageFolder) -> None:
        self.images = images
        self.seen: dict[str, SeenImage] = {}
        self.unopened: dict[str, str] = {}
        self.proposals: dict[str, Proposal] = {}
        self.reader = ""
        self.problem = ""
        self._round = 0
        self._threads: list[threading.Thread] = []

    @property
    def is_reading(self) -> bool:
        """Whether images are being read."""
        return any(thread.is_alive() for thread in self._threads)

    def read(self, proposer: Proposer, names: Sequence[str]) -> None:
        """Let a reader propose texts for images, in the background; an earlier one stops.

        Args:
            proposer: the reader.
            names: the images, in the order in which they are read.
        """
        self._round += 1
        self.reader, self.problem = proposer.name, ""
        thread = threading.Thread(
            target=self._read, args=(proposer, list(names), self._round), daemon=True
        )
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def most_useful(self, names: Sequence[str], labels: Mapping[str, str]) -> str:
        """Return which of some images is labelled next; see `captcha_model.labelling.order`.

        Args:
            names: images with a proposal, at least one.
            labels: those that there are, by image.
        """
        best = most_useful(
            [(self.proposals[name], self.seen[name]) for name in names],
            labels.values(),
            [self.seen[name] for name in labels if name in self.seen],
        )
        return names[best]

    def stop(self) -> None:
        """Stop reading, and wait until that is so."""
        self._round += 1
        for thread in self._threads:
            thread.join()

    def _read(self, proposer: Proposer, names: Sequence[str], number: int) -> None:
        wanted = iter(names)
        try:
            found = proposer.propose(self._decoded(names, number))
            for name, proposal in zip(wanted, found, strict=False):
                if number != self._round:
                    return
                if isinstance(proposal, Proposal):
                    self.proposals[name] = proposal
        except CaptchaError as error:
            self.problem = str(error)

    def _decoded(self, names: Sequence[str], number: int) -> Iterator[Decoded]:
        for name in names:
            if number != self._round:
                return
            image = self.images.decode(name)
            if isinstance(image, ImageError):
                self.unopened[name] = str(image)
            elif name not in self.seen:
                self.seen[name] = see(image)
            yield image
