"""Labelling a folder of images: a model proposes, a person decides, and the model learns on."""
