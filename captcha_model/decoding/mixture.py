"""Exact confidences from several views of one image, such as the same image at other widths.

Each view gives every text a probability, and here that of a text is their mean. Where the views
disagree, none of them has most of it, so a text that is read in one of them by chance has little.
A mean of probabilities is a probability: every confidence is exact for it, as
`captcha_model.decoding.posterior` says of one view.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.allowed_edits import only_allowed
from captcha_model.decoding.best_path import Floats, Ids
from captcha_model.decoding.constraint_probability import Restricted, restrict
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.lattices import Neighbours
from captcha_model.errors import ConstraintError


@dataclass(frozen=True)
class View:
    """What a network says of one view of N images.

    Attributes:
        logits: shape (N, T, C).
        widths: of the images at the network's input, shape (N,).
    """

    logits: npt.NDArray[np.floating]
    widths: npt.NDArray[np.intp]


@dataclass(frozen=True)
class Mixture:
    """The likeliest texts of N images by the mean over the views.

    Attributes:
        texts: N texts as ids from 1.
        neighbours: the probabilities of the texts and of all allowed texts one edit away, given
            that the text is an allowed one; the steps are those of the first view.
        constraint: the probability of the constraint, shape (N,); None without one.
    """

    texts: list[Ids]
    neighbours: Neighbours
    constraint: Floats | None


def mixture(
    views: Sequence[View],
    head: OutputHead,
    *,
    temperature: float,
    constraint: Constraint | None,
    beam_width: int,
) -> Mixture:
    """Find the likeliest texts, of those that a search finds in any of the views.

    Args:
        views: of the same N images, at least one.
        head: the kind of output that the network has.
        temperature: all logits are divided by it.
        constraint: the allowed texts; None allows all.
        beam_width: the number of prefixes that each search keeps; 0 takes the best path.

    Raises:
        ConstraintError: in no view is there room for an allowed text.
    """
    parts = [
        _Part(view, limited, restrict(view.logits, head, limited, temperature))
        for view, limited in _with_room(views, constraint)
    ]
    added = _added(parts, len(views[0].logits))
    texts, _ = _likeliest(parts, added, head, constraint, beam_width)
    each = []
    for part in parts:
        found = head.before_shown(part.found.log_probabilities, texts)
        each.append(only_allowed(found, texts, constraint) if constraint else found)
    texts, neighbours = head.shown(texts, _mean(parts, each, added))
    probabilities = [p.found.constraint for p in parts if p.found.constraint is not None]
    mean = np.sum(probabilities, axis=0) / len(views) if probabilities else None
    return Mixture(texts, neighbours, mean)


def likeliest(
    views: Sequence[npt.NDArray[np.floating]],
    head: OutputHead,
    *,
    temperature: float,
    beam_width: int,
) -> tuple[list[Ids], Floats]:
    """Find the texts of `mixture` without a constraint, and their probabilities alone.

    Args:
        views: logits of the same N images, at least one of shape (N, T, C).
        head: likewise.
        temperature: likewise.
        beam_width: likewise.

    Returns:
        N texts as ids from 1, and shape (N,).
    """
    nowhere = np.zeros(len(views[0]), np.intp)
    parts = [_Part(View(v, nowhere), None, restrict(v, head, None, temperature)) for v in views]
    return _likeliest(parts, _added(parts, len(nowhere)), head, None, beam_width)


@dataclass(frozen=True)
class _Part:
    view: View
    constraint: Constraint | None
    found: Restricted


def _with_room(
    views: Sequence[View], constraint: Constraint | None
) -> list[tuple[View, Constraint | None]]:
    """Return the views whose steps can hold an allowed text, with what they can hold."""
    if constraint is None:
        return [(view, None) for view in views]
    found: list[tuple[View, Constraint | None]] = []
    for view in views:
        try:
            found.append((view, constraint.within(view.logits.shape[1])))
        except ConstraintError:
            if not found and view is views[-1]:
                raise
    return found


def _added(parts: Sequence[_Part], count: int) -> list[Floats]:
    """Return what the logarithms of allowed texts' probabilities in each view lack for the mean's.

    Args:
        parts: what is known of each view.
        count: the number N of images.

    Returns:
        Of each view, shape (N,).
    """
    weights = _weights([part.found.constraint for part in parts], count)
    return [
        np.where(np.isneginf(part.found.log_partition), -np.inf, w - part.found.log_partition)
        for part, w in zip(parts, weights, strict=True)
    ]


def _weights(constraints: Sequence[Floats | None], count: int) -> Floats:
    """Return the logarithms of the views' shares in the mean of N images: shape (K, N)."""
    known = [c for c in constraints if c is not None]
    if not known:
        return np.full((len(constraints), count), -np.log(len(constraints)))
    likely = np.stack(known)
    # What a view says of the allowed texts counts as much as it takes them to be likely.
    total = likely.sum(axis=0)
    even = np.full_like(likely, 1 / len(likely))
    shares = np.divide(likely, total, out=even, where=total > 0)
    return np.log(shares, out=np.full_like(shares, -np.inf), where=shares > 0)


def _likeliest(
    parts: Sequence[_Part],
    added: Sequence[Floats],
    head: OutputHead,
    constraint: Constraint | None,
    beam_width: int,
) -> tuple[list[Ids], Floats]:
    """Return N texts, and their probabilities in the mean, shape (N,)."""
    searches = [
        head.search(part.found.log_probabilities, part.constraint, beam_width) for part in parts
    ]
    rows, candidates = [], []
    for n, found in enumerate(zip(*searches, strict=True)):
        # The steps may be too few for every allowed text: then the text is empty.
        allowed = [text for text in found if constraint is None or constraint.allows(text)]
        for text in dict.fromkeys(allowed or [()]):
            rows.append(n)
            candidates.append(text)
    scores = np.logaddexp.reduce(
        [
            head.log_probability(part.found.log_probabilities[rows], candidates) + more[rows]
            for part, more in zip(parts, added, strict=True)
        ]
    )
    best: dict[int, tuple[float, Ids]] = {}
    for n, score, text in zip(rows, scores.tolist(), candidates, strict=True):
        if n not in best or score > best[n][0]:
            best[n] = score, text
    chosen = [best[n] for n in range(len(searches[0]))]
    return [text for _, text in chosen], np.exp([score for score, _ in chosen])


def _mean(
    parts: Sequence[_Part], each: Sequence[Neighbours], added: Sequence[Floats]
) -> Neighbours:
    """Return the logarithms of the mean probabilities."""

    def mean(name: str) -> Floats:
        values = [
            getattr(found, name) + more.reshape(-1, *[1] * (getattr(found, name).ndim - 1))
            for found, more in zip(each, added, strict=True)
        ]
        total: Floats = np.logaddexp.reduce(values)
        return total

    # A character is where the view sees it that has the largest share in the text's probability.
    shares = np.stack([found.text + more for found, more in zip(each, added, strict=True)])
    chosen, image = shares.argmax(axis=0), np.arange(shares.shape[1])
    widths = np.stack([part.view.widths for part in parts])
    scale = (widths[0] / widths[chosen, image])[:, None]
    begins = np.stack([found.begins for found in each])[chosen, image] * scale
    ends = np.stack([found.ends for found in each])[chosen, image] * scale
    return replace(
        each[0],
        text=mean("text"),
        substitutions=mean("substitutions"),
        insertions=mean("insertions"),
        deletions=mean("deletions"),
        begins=begins,
        ends=ends,
    )
