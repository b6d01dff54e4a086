"""Reading and drawing images by the million with Ray Data, on one machine or on a cluster."""

from captcha_model.ray.read import read
from captcha_model.ray.synthesize import synthesize

__all__ = ["read", "synthesize"]
