"""Run in a process of its own: open a model from the Hub with Keras alone, and give its logits.

Usage: python open_with_keras.py hf://user/name images.npy logits.npy
"""

import sys

import numpy as np

# What is None here cannot be imported, whatever is installed.
sys.modules |= {"captcha_model": None, "hub_card": None}

import keras  # noqa: E402

address, images, logits = sys.argv[1:]
network = keras.saving.load_model(address)
np.save(logits, network(np.load(images), training=False))
assert not [name for name in sys.modules if name.startswith(("captcha_model.", "hub_card."))]
