"""The generators, where they come from, and what makes each of them harder.

A setting changes how a text is drawn, not its length or its characters, so that its results can be
compared with the default's; where the only knobs of a generator are others, `harder` says so.
"""

from benchmarks.generators.generator import DEFAULT, Generator, Setting

# A font for generators that come without one: that of the package `captcha`.
_FONT = "captcha==0.7.1"

GENERATORS = (
    Generator(
        "captcha",
        "0.7.1",
        "pypi",
        ("captcha==0.7.1", "pillow>=12,<13"),
        "draw_captcha.py",
        "5 of 0-9, a-z and A-Z",
        (
            Setting(DEFAULT, "", {"dots": 30, "curves": 1, "angle": 30, "overlap": 0.25}),
            Setting(
                "harder",
                "150 dots instead of 30, 4 curves instead of 1",
                {"dots": 150, "curves": 4, "angle": 30, "overlap": 0.25},
            ),
            Setting(
                "hardest",
                "the same, turned by up to 60 degrees instead of 30, overlap of up to 0.7 of a "
                "character instead of 0.25",
                {"dots": 150, "curves": 4, "angle": 60, "overlap": 0.7},
            ),
        ),
        seeded=False,
    ),
    Generator(
        "claptcha",
        "0.3.3",
        "pypi",
        # It calls what Pillow 10 removed.
        ("claptcha==0.3.3", "pillow<10", _FONT),
        "draw_claptcha.py",
        "4 to 6 of a-z and A-Z",
        (
            Setting(DEFAULT, "", {"noise": 0.0, "size": [200, 80]}),
            Setting("harder", "noise 0.4", {"noise": 0.4, "size": [200, 80]}),
            Setting(
                "hardest", "noise 1, half the size", {"noise": 1.0, "size": [100, 40], "margin": 8}
            ),
        ),
    ),
    Generator(
        "wheezy.captcha",
        "3.2.2",
        "pypi",
        ("wheezy.captcha==3.2.2", "pillow>=12,<13", _FONT),
        "draw_wheezy.py",
        "4 of 0-9 and A-Z",
        (
            Setting(DEFAULT, "", {"curves": 1, "noise": 50, "squeeze": 0.8}),
            Setting(
                "harder",
                "3 curves instead of 1, 200 specks of the text's colour instead of 50 of the "
                "ground's",
                {"curves": 3, "noise": 200, "same_colour": True, "squeeze": 0.8},
            ),
            Setting(
                "hardest",
                "the same, turned by up to 50 degrees instead of 25, warped twice as much, "
                "squeezed to 0.5 instead of 0.8",
                {
                    **{"curves": 3, "noise": 200, "same_colour": True, "squeeze": 0.5},
                    **{"angle": 50, "warp": [0.54, 0.42]},
                },
            ),
        ),
    ),
    Generator(
        "django-simple-captcha",
        "0.7.0",
        "pypi",
        ("django-simple-captcha==0.7.0", "pillow>=12,<13"),
        "draw_django.py",
        "4 of A-Z",
        (
            Setting(DEFAULT, "", {}),
            Setting(
                "harder",
                "turned by up to 70 degrees instead of 35, arcs and dots twice",
                {"angle": 70, "times": 2},
            ),
            Setting("hardest", "the same, dots and arcs four times", {"angle": 70, "times": 4}),
        ),
    ),
    Generator(
        "svg-captcha",
        "1.4.0",
        "npm",
        ("svg-captcha@1.4.0", "@resvg/resvg-js@2.6.2"),
        "draw_svg_captcha.cjs",
        "4 of 0-9, a-z and A-Z",
        (
            Setting(DEFAULT, "", {}),
            Setting(
                "harder",
                "coloured characters on a coloured ground, 5 curves instead of 1",
                {"noise": 5, "color": True, "background": "#cc9966"},
            ),
            Setting(
                "hardest",
                "the same, 12 curves, characters overlap in 80 pixels instead of 150",
                {"noise": 12, "color": True, "background": "#cc9966", "width": 80},
            ),
        ),
    ),
    Generator(
        "captchapng",
        "0.0.1",
        "npm",
        ("captchapng@0.0.1",),
        "draw_captchapng.cjs",
        "4 of 0-9",
        (
            Setting(DEFAULT, "", {}),
            Setting("harder", "digits 20 grey levels from the ground", {"contrast": 20}),
            Setting(
                "hardest",
                "the same, 7 digits in the same width (it has no other knob)",
                {"contrast": 20, "length": 7},
            ),
        ),
    ),
    Generator(
        "gregwar/captcha",
        "1.1.9",
        "debian",
        ("php-gregwar-captcha", "php8.2-cli", "php8.2-gd"),
        "draw_gregwar.php",
        "5 of 1-9, a-z without o and A-Z",
        (
            Setting(DEFAULT, "", {}),
            Setting(
                "harder",
                "turned by up to 30 degrees instead of 8, moved by up to 10 pixels instead of 5",
                {"angle": 30, "offset": 10},
            ),
            Setting(
                "hardest",
                "the same, a picture of lines behind it (its own lines can only be made fewer)",
                {"angle": 30, "offset": 10, "background": True},
            ),
        ),
    ),
    Generator(
        "multicolorcaptcha",
        "1.2.0",
        "pypi",
        ("multicolorcaptcha==1.2.0", "pillow>=12,<13"),
        "draw_multicolorcaptcha.py",
        "4 of 0-9",
        (
            Setting(DEFAULT, "", {"difficult_level": 2}),
            Setting(
                "harder", "its difficult level 4 instead of 2: more lines", {"difficult_level": 4}
            ),
            Setting(
                "hardest",
                "its difficult level 5, a ground of its own for each digit",
                {"difficult_level": 5, "multicolor": True},
            ),
        ),
    ),
    Generator(
        "easy-captcha-python",
        "1.0.0",
        "pypi",
        ("easy-captcha-python==1.0.0", "pillow>=12,<13"),
        "draw_easy_captcha.py",
        "5 of 2-9, a-z and A-Z without some",
        (
            Setting(DEFAULT, "", {"font": 0}),
            Setting("harder", "its font of letters cut out of boxes", {"font": 4}),
            Setting("hardest", "its font of letters cut out of discs", {"font": 9}),
        ),
        seeded=False,
    ),
    Generator(
        "trek-captcha",
        "0.4.0",
        "npm",
        ("trek-captcha@0.4.0",),
        "draw_trek_captcha.cjs",
        "5 of a-y without e and g; it has no harder setting",
        (Setting(DEFAULT, "", {}),),
        seeded=False,
    ),
    Generator(
        "GD::SecurityImage",
        "1.75",
        "debian",
        ("libgd-securityimage-perl",),
        "draw_securityimage.pl",
        "6 of 0-9",
        (
            Setting(DEFAULT, "", {"style": "rect"}),
            Setting("harder", "circles instead of a grid", {"style": "circle"}),
            Setting("hardest", "circles and ellipses", {"style": "ec"}),
        ),
    ),
)

UNAVAILABLE = {
    "dchest/captcha": "a Go module, which none of PyPI, npm and Debian has",
    "kaptcha": "a Java package, which none of PyPI, npm and Debian has",
}
"""Why further generators are left out."""
