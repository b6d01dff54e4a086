#!/usr/bin/env bash
# Pillow gives the palette's indices as colours for a later frame of some GIFs.
#
# Version: Pillow 12.3.0, Python 3.11, Linux. Seen on 2026-11-28.
#
# If the global palette of a GIF is a ramp of greys and a later frame has a palette of its own, that
# frame has mode P with no palette at all, whether the first frame was loaded before or not. Converting
# it takes its indices for grey levels: red that is index 1 becomes (1, 1, 1), and no error tells of it. Animated captchas whose first frame is grey are of this kind; one that is read
# at another frame than the first is then nearly black. `Image.has_transparency_data` of the frame
# raises AssertionError.
#
# A way round it: put a frame in colour before the others, which are then read with their palettes.
#
# Output seen:
#   seek to frame 1 at once: mode P, palette None, pixel (1, 1, 1)
#   after loading frame 0: pixel (1, 1, 1)
#   behind a first frame in colour: pixel (255, 0, 0)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet pillow==12.3.0
"$folder/env/bin/python" - <<'PYTHON'
import io

from PIL import Image

grey = Image.new("L", (64, 64))
grey.putdata([i % 256 for i in range(64 * 64)])
red = Image.new("P", (64, 64), 1)
red.putpalette([0, 0, 0, 255, 0, 0])
red.putpixel((0, 0), 0)
file = io.BytesIO()
grey.save(file, "GIF", save_all=True, append_images=[red], optimize=False)


def pixel(image: Image.Image) -> tuple[int, ...]:
    return image.convert("RGB").getpixel((9, 9))


at_once = Image.open(io.BytesIO(file.getvalue()))
at_once.seek(1)
at_once.load()
print(f"seek to frame 1 at once: mode {at_once.mode}, palette {at_once.palette}, pixel", pixel(at_once))
loaded = Image.open(io.BytesIO(file.getvalue()))
loaded.load()
loaded.seek(1)
print("after loading frame 0: pixel", pixel(loaded))
assert pixel(at_once) == pixel(loaded) == (1, 1, 1)
blue = Image.new("P", (64, 64), 0)
blue.putpalette([0, 0, 255, 0, 255, 0])
blue.putpixel((0, 0), 1)
file = io.BytesIO()
blue.save(file, "GIF", save_all=True, append_images=[red], optimize=False)
in_colour = Image.open(file)
in_colour.seek(1)
print("behind a first frame in colour: pixel", pixel(in_colour))
assert pixel(in_colour) == (255, 0, 0)
PYTHON
