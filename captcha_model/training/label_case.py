"""Labels whose case is not that of the picture, or is not trusted."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar, overload

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import ImageSet, Sample
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.letter_case import (
    Case,
    case_pairs,
    in_case,
    other_case,
)
from captcha_model.decoding.merged_case import head_in_case
from captcha_model.errors import DataWarning

Images = TypeVar("Images", bound=ImageSet)


def known_label(label: str, characters: str | None, case: Case) -> str:
    """Return a label as a network is trained with it.

    Args:
        label: as the source has it.
        characters: the vocabulary; None if it will be that of the labels.
        case: "keep" changes nothing. "lower" and "upper" convert the label. Then, as with "ignore",
            a letter that the vocabulary has only in its other case gets that one.
    """
    if case == "keep":
        return label
    label = in_case(label, case)
    if characters is None:
        return label
    return "".join(
        other if c not in characters and (other := other_case(c)) and other in characters else c
        for c in label
    )


def relabelled(images: Images, config: CaptchaConfig) -> Images:
    """Return images with the labels that a network is trained with."""
    if config.case == "keep":
        return images
    return images.with_labels(partial(known_label, characters=config.characters, case=config.case))


class RelabelledSamples(Sequence[Sample]):
    """Samples with the labels of `known_label`, each made on access: a source may have millions."""

    def __init__(self, samples: Sequence[Sample], characters: str | None, case: Case) -> None:
        self._samples = samples
        self._convert = partial(known_label, characters=characters, case=case)

    def __len__(self) -> int:
        return len(self._samples)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        sample = self._samples[index]
        return replace(sample, label=self._convert(sample.label))


def head_of(config: CaptchaConfig) -> OutputHead:
    """Return the output head that a network is trained, validated and calibrated with.

    Where case does not matter its texts are in lower case, which takes less time than finding the
    likelier one, as far as the vocabulary has it.
    """
    case: Case = "keep" if config.case == "keep" else "lower"
    return head_in_case(networks.describe(config).output, config.characters, case)


def warn_of_case(images: ImageSet, config: CaptchaConfig, *, are_given: bool) -> None:
    """Issue a `DataWarning` if the case of labels and vocabulary do not fit together.

    Args:
        images: the training split.
        config: the model to train.
        are_given: whether the vocabulary was given, so that it may have more than the labels.
    """
    pairs = case_pairs(config.characters)
    if config.case == "ignore" and not pairs:
        warnings.warn(
            "The case of letters is to be ignored, but no letter of the vocabulary has both cases. "
            "If the pictures show both, give both with --characters.",
            DataWarning,
            stacklevel=2,
        )
    if config.case != "keep" or not pairs or not are_given:
        return
    letters = {c for label in images.labels for c in label if other_case(c) is not None}
    for case in ("lower", "upper"):
        if letters and in_case("".join(letters), case) == "".join(letters):
            warnings.warn(
                f"All letters of the labels are in {case} case, but the vocabulary has both "
                "cases. If the pictures show both, the network is taught a wrong case: use "
                f"--case ignore. If they show one, leave --characters out or give it in {case} "
                "case only.",
                DataWarning,
                stacklevel=2,
            )
