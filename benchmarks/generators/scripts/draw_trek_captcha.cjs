// Draws with trek-captcha 0.4.0, whose images are GIF. What it draws from is not Math.random, so it
// cannot be seeded.

const captcha = require("trek-captcha");
const { main } = require("./drawing.cjs");

main(async () => {
  const { token, buffer } = await captcha();
  return { text: token, data: buffer };
}, "gif");
