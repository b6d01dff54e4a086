#!/usr/bin/env bash
# The lower bound of the warp in captcha's image generator is taken as pixels, not as a share.
#
# Version: captcha 0.7.1 (PyPI) with Pillow 12.3.0, Python 3.11, Linux. Seen on 2026-11-29.
#
# `ImageCaptcha.character_warp_dx` and `character_warp_dy` are (0.1, 0.3): shares of a character's
# size. Only the difference of the bounds is multiplied with the size; the lower bound is added as
# it is, a tenth of a pixel. So with the defaults a character is warped by 0 to 20 % and not by 10 to
# 30 %, and narrower bounds make a weaker captcha: with both at 0.3, no character is warped at all.
#
# A way round it: take 0 as the lower bound, and the wished largest share as the upper one.
#
# Output seen, for 200 drawings each of one character with neither rotation nor offset (the first two
# counts differ a little from run to run):
#   warp from 0.0 to 0.3: 182 different drawings
#   warp from 0.1 to 0.3: 161 different drawings
#   warp from 0.3 to 0.3: 1 different drawings
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet captcha==0.7.1 pillow==12.3.0
cat > "$folder/warp.py" <<'PYTHON'
from captcha.image import ImageCaptcha
from PIL import ImageChops


def different(low: float, high: float) -> int:
    generator = ImageCaptcha(font_sizes=(42,))
    generator.character_rotate = (0, 0)
    generator.character_offset_dx = generator.character_offset_dy = (0, 0)
    generator.character_warp_dx = generator.character_warp_dy = (low, high)
    generator._fonts = generator._fonts[:1]
    drawings = set()
    for _ in range(200):
        image = generator.create_captcha_image("R", (150, 150, 150), (255, 255, 255)).convert("L")
        # Of this grey, because black letters of this generator are invisible.
        ink = image.crop(ImageChops.invert(image).getbbox())  # It stands at random places.
        drawings.add((ink.size, ink.tobytes()))
    return len(drawings)


found = {bounds: different(*bounds) for bounds in ((0.0, 0.3), (0.1, 0.3), (0.3, 0.3))}
for (low, high), count in found.items():
    print(f"warp from {low} to {high}: {count} different drawings")
assert found[0.0, 0.3] > 50 and found[0.1, 0.3] > 50
assert found[0.3, 0.3] == 1
PYTHON
"$folder/env/bin/python" "$folder/warp.py"
