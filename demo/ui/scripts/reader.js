// The panel that reads one image.

const MAX_RECENT = 10;

class CaptchaReader extends HTMLElement {
  connectedCallback() {
    this.result = this.querySelector("#result");
    this.form = this.querySelector("form");
    this.chosen = this.querySelector(".cm-chosen");
    this.empty = this.result.innerHTML;
    this.recent = [];
    this.file = null;
    receiveFiles(this, ([file]) => this.read(file));
    this.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    for (const button of this.querySelectorAll(".cm-example")) {
      button.addEventListener("click", () => this.read(exampleFile(button), button));
    }
    onOptions(this.form, () => this.readAgain());
    serveReading(this.result, (text) => this.say(text), chooseModel);
    showModel(chosenModel());
  }

  say(text) {
    this.querySelector("[data-said]").textContent = text;
  }

  choose(file, example) {
    Object.assign(this, { file, example });
    this.frame(example);
    this.chosen.hidden = false;
    this.chosen.querySelector("[data-name]").textContent = example ? "An example" : file.name;
  }

  frame(example) {
    for (const button of this.querySelectorAll(".cm-example")) {
      button.setAttribute("aria-pressed", String(button === example));
    }
  }

  readAgain() {
    if (this.file) this.read(this.file, this.example);
  }

  async read(file, example = null) {
    this.request?.abort();
    const request = (this.request = new AbortController());
    this.choose(file, example);
    this.result.setAttribute("aria-busy", "true");
    const large = tooLarge(file, Number(this.dataset.limit));
    let answer;
    try {
      answer = large
        ? problem(large)
        : await send("page/read", [["image", file]], this.form, request.signal);
    } catch {
      return; // A later image took its place.
    }
    if (request.signal.aborted) return;
    this.show(answer.html);
    this.say(answer.said);
    if (!answer.problem) this.remember({ file, example, html: answer.html });
  }

  show(html) {
    this.result.removeAttribute("aria-busy");
    this.result.innerHTML = html;
    // On a phone it may be below the screen.
    const { top } = this.result.getBoundingClientRect();
    if (this.file && top > 0.7 * innerHeight) this.result.scrollIntoView({ block: "start" });
  }

  clear() {
    this.request?.abort();
    Object.assign(this, { file: null, example: null });
    this.frame(null);
    this.chosen.hidden = true;
    this.show(this.empty);
    this.say("");
    this.querySelector(".cm-drop input").focus();
  }

  remember(reading) {
    this.recent = [reading, ...this.recent].slice(0, MAX_RECENT);
    const strip = this.querySelector(".cm-recent");
    strip.hidden = this.recent.length < 2;
    strip.querySelector("ol").replaceChildren(
      ...this.recent.map((each) => make("li", {}, this.recentButton(each))),
    );
  }

  recentButton(reading) {
    const shown = make("template", { innerHTML: reading.html }).content;
    const text = shown.querySelector("[data-testid=text]")?.textContent || "no text found";
    const rejected = shown.querySelector(".cm-rejected") !== null;
    const image = make("img", { src: shown.querySelector(".cm-picture img").src, alt: "" });
    const said = rejected ? `${text}, not accepted` : text;
    const button = make("button", { type: "button" }, image, make("span", { textContent: text }));
    button.setAttribute("aria-label", `Show the reading ${said} again`);
    button.classList.toggle("cm-rejected", rejected);
    button.addEventListener("click", () => {
      this.request?.abort();
      this.choose(reading.file, reading.example);
      this.show(reading.html);
      this.say(`Showing the reading ${said}.`);
    });
    return button;
  }
}

function exampleFile(button) {
  const data = atob(button.querySelector("img").src.split(",")[1]);
  const bytes = Uint8Array.from(data, (character) => character.charCodeAt(0));
  return new File([bytes], button.dataset.name, { type: "image/png" });
}
