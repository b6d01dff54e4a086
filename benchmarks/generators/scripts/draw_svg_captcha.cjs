// Draws with svg-captcha 1.4.0; its SVG becomes pixels by resvg, on white where it is transparent.

const { Resvg } = require("@resvg/resvg-js");
const generator = require("svg-captcha");
const { main } = require("./drawing.cjs");

main((options) => {
  const { text, data } = generator.create(options);
  return { text, data: new Resvg(data, { background: "#fff" }).render().asPng() };
});
