"""The families of captchas that are drawn in unusual ways."""

from captcha_model.data.synthetic.looks.family import Family

ODD: dict[str, Family] = {
    "scattered": Family(
        "letters anywhere in a large image with large empty areas",
        shapes=("strip", "strip", "square", "square", "large"),
        size=(0.35, 1.0),
        scattered=0.8,
        cut=0.1,
        own_font=0.3,
        own_colour=0.35,
        turn=24.0,
        shear=0.15,
        size_spread=0.15,
        hollow=0.1,
        over=4,
        dark=0.25,
    ),
}
