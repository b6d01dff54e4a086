"""The model card: a template, the facts that fill it, and the image beside it."""

from .card import CARD_FILE, PICTURE_FILE, card_files, cut_apart
from .facts import CardFacts
from .rendering import render_card

__all__ = ["CARD_FILE", "PICTURE_FILE", "CardFacts", "card_files", "cut_apart", "render_card"]
