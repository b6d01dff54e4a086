// Draws with trek-captcha 0.4.0, whose images are GIF; see `drawing.py` for the arguments. What it
// draws from is not Math.random, so it cannot be seeded.

const fs = require("fs");
const path = require("path");
const captcha = require("trek-captcha");

async function main() {
  const [out, count] = process.argv.slice(2);
  const rows = ["file_name,text"];
  for (let number = 0; number < Number(count); number++) {
    const name = `${String(number).padStart(4, "0")}.gif`;
    const { token, buffer } = await captcha();
    fs.writeFileSync(path.join(out, name), buffer);
    rows.push(`${name},${token}`);
  }
  fs.writeFileSync(path.join(out, "metadata.csv"), rows.join("\n") + "\n");
}

main();
