"""Models in the formats of other programs: `formats.py` has all of them.

It is no import of this package itself, because reading images needs only a part.
"""
