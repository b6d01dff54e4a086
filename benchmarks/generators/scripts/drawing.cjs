// Shared by the scripts for Node: seeds and files; see `drawing.py` for the arguments.

const fs = require("fs");
const path = require("path");

// Marsaglia's xorshift on 32 bits, so that what a generator draws from can be seeded.
function seeded(text) {
  let state = 2166136261;
  for (const character of text) state = Math.imul(state ^ character.charCodeAt(0), 16777619);
  state = state || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

// `draw(options)` returns { data, text }, or a promise of it; `suffix` is that of the files.
async function main(draw, suffix = "png") {
  const [out, count, seed, json] = process.argv.slice(2);
  const options = JSON.parse(json);
  const rows = ["file_name,text"];
  for (let number = 0; number < Number(count); number++) {
    Math.random = seeded(`${seed} ${number}`);
    const name = `${String(number).padStart(4, "0")}.${suffix}`;
    const { data, text } = await draw(options);
    fs.writeFileSync(path.join(out, name), data);
    rows.push(`${name},${text}`);
  }
  fs.writeFileSync(path.join(out, "metadata.csv"), rows.join("\n") + "\n");
}

module.exports = { main };
