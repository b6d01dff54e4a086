"""The facts that fill a model card."""

from dataclasses import dataclass

from captcha_model import networks
from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets import captcha_images_v2
from captcha_model.decoding.heads import FIXED
from captcha_model.model_card import CROSS_VALIDATION, EvaluationFacts, ModelFacts

ANY_NAME = "user/name"
# The sources that are somebody's published data set; others are private, and only named.
PUBLISHED = (captcha_images_v2.NAME, "mjsynth")


@dataclass(frozen=True)
class CardFacts:
    """Everything that a model card says of one model.

    Attributes:
        config: what it reads and how its network is built.
        known: what else is known of it.
        name: its Hub repository; `ANY_NAME` where it has none yet.
        examples: the texts in the picture beside the card; none where there is no picture.
    """

    config: CaptchaConfig
    known: ModelFacts
    name: str = ANY_NAME
    examples: tuple[str, ...] = ()

    @property
    def has_repository(self) -> bool:
        """Whether it is known where on the Hub the model is."""
        return self.name != ANY_NAME

    @property
    def title(self) -> str:
        """The repository's own name, or what the model is."""
        return self.name.rpartition("/")[2] if self.has_repository else "Captcha reader"

    @property
    def steps(self) -> int:
        """The logits' number of time steps or, without CTC, of places."""
        return networks.time_steps(self.config)

    @property
    def fixed(self) -> bool:
        """Whether every step is one place of the text, instead of CTC."""
        return networks.describe(self.config).output is FIXED

    @property
    def left_to_right(self) -> bool:
        """Whether it says where in the image a character stands."""
        return networks.describe(self.config).left_to_right

    @property
    def published_data(self) -> str | None:
        """The published data set that it was trained on, if it was one."""
        name = self.known.training.data.partition(":")[0] if self.known.training else ""
        return name if name in PUBLISHED else None

    @property
    def captcha_images_v2(self) -> bool:
        """Whether it was trained on captcha_images_v2."""
        return self.published_data == captcha_images_v2.NAME

    @property
    def drawn_look(self) -> bool:
        """Whether it was trained on what looks like our drawings."""
        training = self.known.training
        return self.captcha_images_v2 or (training is not None and training.synthetic > 0)

    @property
    def own_evaluations(self) -> tuple[EvaluationFacts, ...]:
        """The evaluations of this model itself."""
        return tuple(e for e in self.known.evaluations if e.split != CROSS_VALIDATION)

    @property
    def cross_validated(self) -> bool:
        """Whether there are figures of networks that were trained likewise."""
        return len(self.own_evaluations) < len(self.known.evaluations)

    @property
    def mistakes(self) -> bool:
        """Whether any character was read wrong."""
        return any(e.confusions for e in self.known.evaluations)
