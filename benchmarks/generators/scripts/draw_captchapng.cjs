// Draws with captchapng 0.0.1 as its documentation does: 80 x 30 pixels, grey digits.

const Captchapng = require("captchapng");
const { main } = require("./drawing.cjs");

main(({ contrast, length = 4 }) => {
  let text = String(1 + Math.floor(Math.random() * 9));
  while (text.length < length) text += Math.floor(Math.random() * 10);
  const image = new Captchapng(80, 30, text);
  if (contrast) {
    image.color(128, 128, 128, 255);
    image.color(128 + contrast, 128 + contrast, 128 + contrast, 255);
  } else {
    image.color(0, 0, 0, 0);
    image.color(80, 80, 80, 255);
  }
  return { text, data: Buffer.from(image.getBase64(), "base64") };
});
