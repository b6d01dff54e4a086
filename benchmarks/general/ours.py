"""Reads sets with a model of this package, in this process."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.general.scores import Scores, confidence_scores, score
from benchmarks.general.sets import LabelledSet
from captcha_model import CaptchaModel
from captcha_model.config import MOST_VIEWS
from captcha_model.errors import CaptchaError, ConstraintError
from captcha_model.prediction import Prediction

GENERAL = "general"
AS_IT_IS, CHARSET, VIEWS = "as it is", "charset", "five views"


@dataclass(frozen=True)
class OwnReadings:
    """What the model reads in a set.

    Attributes:
        texts: N texts, whether or not the model accepts them.
        confidences: of the N texts.
        accepted: how many of them the model accepts.
        unreadable: how many files it rejects as images; their text is empty.
    """

    texts: list[str]
    confidences: list[float]
    accepted: int
    unreadable: int


class OwnReader:
    """Reads with `CaptchaModel`.

    Args:
        name: what `CaptchaModel.from_pretrained` takes.
    """

    def __init__(self, name: str) -> None:
        self.name = Path(name).name
        self._model = CaptchaModel.from_pretrained(name, runtime="onnx")
        self._model.warm_up()

    def scores(self, labelled: LabelledSet, found: OwnReadings | None = None) -> Scores:
        """Return the scores of a set by all ways, and those of the confidences.

        Args:
            labelled: the set.
            found: what the model reads in it, if that is known.
        """
        found = found or self.read(labelled.paths)
        plain = score(labelled.labels, found.texts)
        views = self.read(labelled.paths, views=MOST_VIEWS)
        ways = {AS_IT_IS: plain, VIEWS: score(labelled.labels, views.texts)}
        for way, number in ((CHARSET, 1), (f"{VIEWS}, {CHARSET}", MOST_VIEWS)):
            if restricted := self._restricted(labelled, number):
                ways[way] = score(labelled.labels, restricted)
        confidence = confidence_scores(
            labelled.labels, found.texts, found.confidences, found.accepted
        )
        return {"ways": ways, "confidence": confidence, "unreadable": found.unreadable}

    def read(self, paths: Sequence[Path], views: int = 1) -> OwnReadings:
        """Read files in batches, with a number of views of each."""
        results = self._model.predict(list(paths), on_error="return", views=views)
        readings = [r for r in results if isinstance(r, Prediction)]
        return OwnReadings(
            texts=[_text(r) for r in results],
            confidences=[r.confidence if isinstance(r, Prediction) else 0.0 for r in results],
            accepted=sum(r.accepted for r in readings),
            unreadable=len(results) - len(readings),
        )

    def seconds(self, paths: Sequence[Path]) -> list[float]:
        """Read files one after another; return the seconds of each."""
        found = []
        for path in paths:
            start = time.perf_counter()
            with contextlib.suppress(CaptchaError):
                self._model.predict(path)
            found.append(time.perf_counter() - start)
        return found

    def _restricted(self, labelled: LabelledSet, views: int) -> list[str] | None:
        """Return the texts if the characters are known; None where the model reads none of them."""
        characters = {*labelled.characters.lower(), *labelled.characters.upper()}
        known = "".join(sorted(characters & set(self._model.vocabulary.characters)))
        try:
            results = self._model.predict(
                list(labelled.paths), on_error="return", charset=known, views=views
            )
        except ConstraintError:
            return None
        return [_text(result) for result in results]


def _text(result: Prediction | CaptchaError) -> str:
    return result.text if isinstance(result, Prediction) else ""
