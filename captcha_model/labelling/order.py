"""Which image is labelled next: the one whose label teaches the model most."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from captcha_model.labelling.images import SeenImage
from captcha_model.labelling.proposals import Proposal

# How much each reason counts beside how unsure the reading is, which is from 0 to 1.
_UNLIKE, _NEW_CHARACTERS = 0.25, 0.25
_FAR = 3.0  # Tolerances from the nearest labelled image that count half.


def most_useful(
    candidates: Sequence[tuple[Proposal, SeenImage]],
    labels: Collection[str],
    labelled: Sequence[SeenImage],
) -> int:
    """Return the index of the most useful of some images.

    It is the one that is read least surely, looks unlike the labelled ones, and seems to show
    characters that few labels have. A copy of a labelled image is the last.

    Args:
        candidates: the proposals for images without labels, and how they look; at least one.
        labels: those that there are.
        labelled: how their images look.
    """
    known = set("".join(labels))
    looks = np.array([each.look for each in labelled])
    copies = {each.digest for each in labelled}
    worth = [
        -1.0 if seen.digest in copies else _worth(proposal, seen.look, known, looks)
        for proposal, seen in candidates
    ]
    return int(np.argmax(worth))


def _worth(
    proposal: Proposal,
    look: npt.NDArray[np.float64],
    known: Collection[str],
    looks: npt.NDArray[np.float64],
) -> float:
    worth = 1 - proposal.confidence
    if proposal.text:
        new = sum(character not in known for character in proposal.text)
        worth += _NEW_CHARACTERS * new / len(proposal.text)
    if len(looks):
        nearest = float(np.sqrt(np.square(looks - look).mean(axis=1).min()))
        worth += _UNLIKE * nearest / (nearest + _FAR)
    return worth
