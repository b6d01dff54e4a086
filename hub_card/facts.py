"""The facts that fill a model card."""

from dataclasses import dataclass

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets import captcha_images_v2
from captcha_model.data.synthetic.looks.families import PREFIX
from captcha_model.decoding.heads import FIXED
from captcha_model.model_card import CROSS_VALIDATION, EvaluationFacts, ModelFacts

ANY_NAME = "user/name"
# The sources that are published data sets; others are private, and only their names are given.
PUBLISHED = (captcha_images_v2.NAME, "mjsynth")


@dataclass(frozen=True)
class CardFacts:
    """The data of a model card's template.

    Attributes:
        config: the settings of the model.
        known: the other facts about it.
        name: its Hub repository; `ANY_NAME` if it has none yet.
        examples: the texts in the image beside the card, if its images are synthetic ones.
        shows_images: whether the image beside the card shows images of the training.
    """

    config: CaptchaConfig
    known: ModelFacts
    name: str = ANY_NAME
    examples: tuple[str, ...] = ()
    shows_images: bool = False

    @property
    def has_repository(self) -> bool:
        """Whether the model has a repository on the Hub."""
        return self.name != ANY_NAME

    @property
    def title(self) -> str:
        """The name of the repository without its owner, or a general title."""
        return self.name.rpartition("/")[2] if self.has_repository else "Captcha reader"

    @property
    def steps(self) -> int:
        """The number of time steps of the logits or, without CTC, of positions."""
        return networks.time_steps(self.config)

    @property
    def fixed(self) -> bool:
        """Whether every step is one position of the text, instead of CTC."""
        return networks.describe(self.config).output is FIXED

    @property
    def networks(self) -> dict[str, str]:
        """The origin of every architecture, by its name."""
        return {name: networks.find(name).origin for name in networks.architectures()}

    @property
    def left_to_right(self) -> bool:
        """Whether readings say where in the image a character is."""
        return networks.describe(self.config).left_to_right

    @property
    def published_data(self) -> str | None:
        """The published data set that it was trained on; None if it was another source."""
        name = self.known.training.data.partition(":")[0] if self.known.training else ""
        return name if name in PUBLISHED else None

    @property
    def captcha_images_v2(self) -> bool:
        """Whether it was trained on captcha_images_v2."""
        return self.published_data == captcha_images_v2.NAME

    @property
    def trained_on_looks(self) -> bool:
        """Whether its training images were drawn while it trained."""
        return self.known.training is not None and self.known.training.data.startswith(PREFIX)

    @property
    def own_evaluations(self) -> tuple[EvaluationFacts, ...]:
        """The evaluations of this model itself."""
        return tuple(e for e in self.known.evaluations if e.split != CROSS_VALIDATION)

    @property
    def cross_validated(self) -> bool:
        """Whether there is a cross-validation."""
        return len(self.own_evaluations) < len(self.known.evaluations)

    def is_repeatable(self, evaluation: EvaluationFacts) -> bool:
        """Whether the command of an evaluation prints its results.

        Those of a training that prints them itself do not say its other settings.
        """
        training = self.known.training
        is_training = evaluation.command.startswith("captcha-model train ")
        return not (is_training and training is not None and training.changed)

    @property
    def repeatable(self) -> tuple[EvaluationFacts, ...]:
        """The evaluations whose commands print their results."""
        return tuple(filter(self.is_repeatable, self.known.evaluations))

    @property
    def mistakes(self) -> bool:
        """Whether any character was read wrongly."""
        return any(e.confusions for e in self.known.evaluations)
