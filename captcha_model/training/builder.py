"""Builds what a training needs of Keras: the compiled network, and the model of its weights."""

from typing import Any

import keras

from captcha_model.config import CaptchaConfig
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.keras import KerasRuntime
from captcha_model.training.compile import compiled_network
from captcha_model.training.devices import ONE_DEVICE, TrainingDevices
from captcha_model.training.initial_weights import initialise
from captcha_model.training.run_config.settings import NO_MODEL, TrainingSettings


class Builder:
    """Builds everything anew."""

    def network(
        self,
        config: CaptchaConfig,
        settings: TrainingSettings,
        steps: int,
        devices: TrainingDevices = ONE_DEVICE,
    ) -> keras.Model:
        """Return a compiled network with the weights that a training begins with.

        Args:
            config: the model to build.
            settings: how to train.
            steps: the number of optimiser steps of the whole training.
            devices: that it is trained on.

        Raises:
            ConfigError: the model that it begins with has another network.
            CaptchaError: that model cannot be loaded.
        """
        keras.utils.set_random_seed(settings.seed)
        network = compiled_network(config, settings, steps, devices)
        if settings.init != NO_MODEL:
            initialise(network, config, settings.init)
        return network

    def model(
        self, config: CaptchaConfig, runtime: KerasRuntime, settings: TrainingSettings
    ) -> CaptchaModel:
        """Return a model of the trained network.

        The network itself is used, with the inference function that the validation has traced; a
        saved model takes its weights only. With mixed precision it computes in 16 bits, so that its
        confidences differ from those of the saved model: then the weights move to a float32
        network. With several devices they move to a network on one.

        Args:
            config: the model's.
            runtime: the trained network.
            settings: how it was trained.
        """
        if not settings.mixed_precision and settings.devices == 1:
            return CaptchaModel(config, runtime=runtime)
        model = self.float32(config)
        model.network.set_weights(runtime.network.get_weights())
        return model

    def float32(self, config: CaptchaConfig) -> CaptchaModel:
        """Return a model with any weights that computes in 32 bits."""
        return CaptchaModel(config)


class KeepingBuilder(Builder):
    """Builds again only where something differs, for several trainings that are alike.

    Most of the time of building goes into tracing, which TensorFlow does not share between
    networks. The trainings have the same results as with new networks. Only one of them may be used
    at a time: a network and a model are those that were returned before.
    """

    def __init__(self) -> None:
        self._like: Any = None
        self._network: keras.Model
        self._start: list[Any] = []
        self._model: CaptchaModel | None = None

    def network(
        self,
        config: CaptchaConfig,
        settings: TrainingSettings,
        steps: int,
        devices: TrainingDevices = ONE_DEVICE,
    ) -> keras.Model:
        """Return the network of the last call with the weights that a training begins with."""
        if self._like != (config, settings, steps, devices):
            self._like, self._model = (config, settings, steps, devices), None
            self._network = super().network(config, settings, steps, devices)
            self._start = [keras.ops.convert_to_numpy(value) for value in self._state()]
        for variable, value in zip(self._state(), self._start, strict=True):
            variable.assign(value)
        return self._network

    def float32(self, config: CaptchaConfig) -> CaptchaModel:
        """Return the model of the last call."""
        if self._model is None or self._model.config != config:
            self._model = super().float32(config)
        return self._model

    def _state(self) -> list[keras.Variable]:
        return [*self._network.variables, *self._network.optimizer.variables]
