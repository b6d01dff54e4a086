"""The settings of a run of which some are given: its recipe, and the network that it adapts."""

from collections.abc import Mapping
from typing import Any

from captcha_model.data.sources import find_samples
from captcha_model.data.synthetic.looks.families import PREFIX
from captcha_model.model import CaptchaModel
from captcha_model.networks import resolve_options
from captcha_model.training.run_config.run import Run, load_recipe
from captcha_model.training.run_config.settings import NO_MODEL

ADAPT = "adapt"
"""The recipe that adapts a trained network to a look."""

MOST_ADAPTED = 5000
"""With more images the default is a network of their own."""

# Settings of the model that do not say which network it is.
_OF_ANY_NETWORK = {"characters", "alphabet", "reading_order", "trim", "views", "closer"}


def complete_run(*mappings: Mapping[str, Any], decoded: bool = False) -> Run:
    """Return the settings of a run.

    Where no recipe is named, a run on up to `MOST_ADAPTED` images adapts the bundled network
    `general`. It trains a network of its own, by the recipe `crnn`, if there are more images, if
    they are streamed, synthetic or decoded already, or if a setting says which network to build.

    Args:
        *mappings: as for `Run.from_mappings`.
        decoded: whether the images are decoded, at the size of the network.

    Raises:
        CaptchaError: see `Run.from_mappings`; or the images are not found, or the model that the
            training begins with cannot be loaded.
    """
    if not any(isinstance(m, Mapping) and m.get("recipe") for m in mappings):
        own = Run.from_mappings(*mappings)
        if decoded or not _is_adapted(own, *mappings):
            return own
        mappings = ({"recipe": ADAPT}, *mappings)
    run = Run.from_mappings(*mappings)
    if run.recipe != ADAPT or run.training.init in _known_networks():
        return run
    # Below the given settings, so that those which do not fit the model are told.
    network = {"model": _network_of(run.training.init)}
    return Run.from_mappings({"recipe": ADAPT}, network, *mappings)


def _known_networks() -> tuple[str, str]:
    """Return the values of init for which the recipe itself says which network it is."""
    return load_recipe(ADAPT)["training"]["init"], NO_MODEL


def settings_of_own_network(run: Run, *mappings: Mapping[str, Any]) -> list[str]:
    """Return which of the given settings ask for a network that `general` cannot become.

    Args:
        run: all settings.
        *mappings: the given ones, as for `complete_run`.

    Returns:
        Their names in `run.yaml`, such as "model.width".
    """
    given = {
        section: {name for mapping in mappings for name in mapping.get(section) or ()}
        for section in ("model", "training")
    }
    names = [f"model.{name}" for name in sorted(given["model"] - _OF_ANY_NETWORK)]
    if "init" in given["training"] and run.training.init == NO_MODEL:
        names.append("training.init")
    return names + [f"data.{name}" for name in ("synthetic", "stream") if getattr(run.data, name)]


def _is_adapted(run: Run, *mappings: Mapping[str, Any]) -> bool:
    return (
        not settings_of_own_network(run, *mappings)
        and bool(run.data.source)
        and not run.data.source.startswith(PREFIX)
        and len(find_samples(run.data.source, run.data)) <= MOST_ADAPTED
    )


def _network_of(name: str) -> dict[str, Any]:
    """Return the settings of a network that can begin with the weights of a saved model."""
    config = CaptchaModel.from_pretrained(name).config
    return {
        "architecture": config.architecture,
        "height": config.height,
        "width": config.width,
        "min_width": config.min_width,
        "trim": config.trim,
        "channels": config.channels,
        "resize": config.resize,
        "options": resolve_options(config),
        # Those of the recipe, unless the model has its own or can have no others.
        **({} if config.any_width and config.views == 1 else {"views": config.views}),
        **({} if config.any_width else {"closer": False}),
    }
