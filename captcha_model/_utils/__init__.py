"""Helpers that know nothing of captchas: files, JSON, type checks, Keras's backend."""
