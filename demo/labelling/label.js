// Labels one image after another. The keyboard alone is enough: Enter keeps what stands in the
// field, which is the proposal until something else is typed.

const POLL_MILLISECONDS = 1500;
const KEYS = { PageDown: "skip", PageUp: "undo" };
const ALT_KEYS = { KeyX: "unreadable", KeyZ: "zoom", KeyG: "grid" };

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const percent = (share) => `${Math.round(100 * share)} %`;
const counted = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const imageUrl = (name) =>
  new URL(`label/image?name=${encodeURIComponent(name)}`, document.baseURI).href;

async function ask(path, body) {
  const request = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    const response = await fetch(new URL(path, document.baseURI), request);
    if (response.ok) return await response.json();
    const { message } = await response.json().catch(() => ({}));
    return { failed: message ?? `The server answered with the error ${response.status}.` };
  } catch {
    return { failed: "The server cannot be reached. Start it again with captcha-model label; all that was saved is kept." };
  }
}

class CaptchaLabeller extends HTMLElement {
  connectedCallback() {
    for (const part of ["counts", "estimate", "training", "problem", "said", "image", "name", "confidence", "others", "model", "range"]) {
      this[part] = this.querySelector(`[data-${part}]`);
    }
    this.form = this.querySelector("form");
    this.field = this.querySelector("#lb-text");
    this.bar = this.querySelector("progress");
    this.grid = this.querySelector(".lb-grid");
    this.shown = null; // The name of the image on the page.
    this.fixing = false; // Whether it was chosen in the grid.
    this.start = 0;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act("save");
    });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action], [data-grid], [data-fix], [data-text]");
      if (!button || button.dataset.action === "save") return;
      const { action, grid, fix, text } = button.dataset;
      if (action) this.act(action);
      else if (grid) this.openGrid(this.start + 50 * Number(grid));
      else if (fix) this.fix(fix, text);
      else this.put(text);
    });
    document.addEventListener("keydown", (event) => this.press(event));
    this.field.addEventListener("input", () => (this.touched = true));
    this.poll();
  }

  press(event) {
    if (event.isComposing) return;
    const action = event.altKey ? ALT_KEYS[event.code] : KEYS[event.key];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (action) this.act(action);
    else if (step && event.target === this.field) this.turn(step);
    else if (event.key === "Escape" && event.target === this.field) this.put(this.texts[0] ?? "", false);
    else return;
    event.preventDefault();
  }

  // Puts the next of the likely texts into the field.
  turn(step) {
    const count = this.texts.length;
    if (!count) return;
    const at = this.texts.indexOf(this.field.value);
    this.put(this.texts[(Math.max(at, 0) + (at < 0 ? 0 : step) + count) % count]);
  }

  put(text, touched = true) {
    this.field.value = text;
    this.touched = touched;
    this.field.focus();
    this.field.select();
  }

  async act(action) {
    if (action === "zoom") this.form.classList.toggle("lb-zoomed");
    else if (action === "grid") await (this.grid.hidden ? this.openGrid(0) : this.closeGrid());
    else if (!this.busy && (this.shown !== null || action === "undo" || action === "finish")) {
      await this.send(action);
    }
  }

  async send(action) {
    this.busy = this.field.readOnly = true;
    const needsImage = action !== "undo" && action !== "finish";
    const answer = await ask("label/answer", {
      action,
      ...(needsImage && { image: this.shown }),
      ...(action === "save" && { text: this.field.value }),
    });
    this.busy = this.field.readOnly = false;
    this.tell(answer.failed ?? answer.refused ?? "");
    if (answer.failed || answer.refused) {
      this.field.focus();
      if (!answer.failed) this.showProgress(answer);
      return;
    }
    const wasFixing = this.fixing;
    this.fixing = false;
    if (action !== "finish") this.shown = null;
    this.show(answer);
    if (wasFixing && needsImage) this.openGrid(this.start);
  }

  async poll() {
    if (!this.isConnected) return;
    if (!document.hidden && !this.busy) {
      const state = await ask("label/state");
      if (!this.busy) {
        if (state.failed) this.tell(state.failed);
        else {
          if (this.wasLost) this.tell("");
          this.show(state);
        }
        this.wasLost = Boolean(state.failed);
      }
    }
    setTimeout(() => this.poll(), POLL_MILLISECONDS);
  }

  tell(problem) {
    this.problem.textContent = problem;
    this.problem.hidden = !problem;
  }

  show(state) {
    this.showProgress(state);
    // An image stays until a person decides on it, whatever happens elsewhere.
    if (this.fixing) return;
    if (this.shown === null) this.showImage(state.image);
    else if (state.image !== this.shown || this.touched) return;
    const { text, confidence, others } = state.proposal;
    const first = state.again ?? text;
    const texts = [...new Set([first, text, ...others])].filter(Boolean);
    if (String(texts) !== String(this.texts) || this.isNew) this.offer(texts, first);
    this.showConfidence(state.again === null && text ? confidence : null, state.reader);
    if (this.isNew && state.image !== null) {
      this.said.textContent = `${state.image}: ${first ? `proposed ${first}` : "no proposal"}.`;
    }
    this.isNew = false;
  }

  showImage(name) {
    this.shown = name;
    this.isNew = true;
    this.touched = false;
    this.image.hidden = name === null;
    if (name !== null) {
      this.image.src = imageUrl(name);
      this.image.alt = `The image ${name}`;
    }
    this.name.textContent = name ?? "";
  }

  offer(texts, first) {
    this.texts = texts;
    this.put(first, false);
    this.others.replaceChildren(
      ...texts.filter((text) => text !== first).map((text) => {
        const button = make("button", { type: "button", className: "cm-button", textContent: text });
        button.dataset.text = text;
        return button;
      }),
    );
    if (texts.length > 1) this.others.prepend("or ");
    if (texts.length > 1) this.others.append(make("kbd", { textContent: "↓" }));
  }

  showConfidence(confidence, reader) {
    const band = confidence >= 0.95 ? "high" : confidence >= 0.7 ? "medium" : "low";
    this.confidence.className = confidence === null ? "" : `cm-${band}`;
    this.confidence.textContent =
      confidence === null ? "" : confidence ? `${percent(confidence)}, by ${reader}` : `by ${reader}`;
  }

  showProgress(state) {
    const { labels, unreadable, left, unopened, estimate, lesson, skipped } = state;
    this.bar.max = Math.max(labels + unreadable + left, 1);
    this.bar.value = labels + unreadable;
    const parts = [counted(labels, "label", "labels"), `${counted(left, "image", "images")} left`];
    if (skipped) parts.push(`${skipped} of them skipped`);
    if (unreadable) parts.push(`${unreadable} cannot be read`);
    const broken = Object.keys(unopened);
    if (broken.length) {
      const named = broken.slice(0, 3).join(", ");
      parts.push(`${counted(broken.length, "file is", "files are")} no image that can be opened (${named}${broken.length > 3 ? ", …" : ""})`);
    }
    if (state.image === null) {
      const done = left ? "no proposals for the others" : "every image is done";
      parts.push(state.reading ? "reading the images …" : done);
    }
    this.counts.textContent = `${parts.join(" · ")}.`;
    this.estimate.textContent = estimate ? this.estimated(estimate) : "";
    this.training.textContent = lesson
      ? `A model is learning ${lesson[0]} labels, for ${Math.round(lesson[1])} s so far. Go on meanwhile.`
      : state.problem;
    this.showModel(state);
  }

  estimated({ accuracy, interval, labels, missing, target }) {
    const range = interval.map((share) => Math.round(100 * share)).join(" to ");
    const said = `Models that had not seen them read ${percent(accuracy)} of ${labels} labelled images correctly (${range} %). The other images are mostly easier.`;
    if (missing === 0) return `${said} ${percent(target)} are reached.`;
    return missing ? `${said} About ${missing} more labels to ${percent(target)}.` : said;
  }

  showModel({ model, is_fresh: fresh, lesson }) {
    const text = `${model}|${fresh}|${Boolean(lesson)}`;
    if (this.modelText === text) return;
    this.modelText = text;
    this.querySelector("[data-action=finish]").disabled = Boolean(lesson) || fresh;
    this.model.replaceChildren();
    if (!model) return;
    const has = fresh ? "The model has learned all labels" : "The model has not learned the newest labels yet";
    const path = /[^\w/.-]/.test(model) ? JSON.stringify(model) : model;
    this.model.append(
      make("p", { textContent: `${has}. Read with it:` }),
      make("pre", { tabIndex: 0, textContent: `captcha-model predict IMAGE --model ${path}` }),
    );
  }

  async openGrid(start) {
    const found = await ask(`label/labelled?start=${Math.max(start, 0)}`);
    if (found.failed) return this.tell(found.failed);
    this.start = found.start;
    this.fixing = false;
    const rows = found.rows.map(({ name, label, reading }) => {
      const button = make("button", { type: "button" },
        make("img", { src: imageUrl(name), alt: name, loading: "lazy" }), label);
      if (reading !== null) {
        button.append(make("span", { className: "cm-low", textContent: `read ${reading || "nothing"}` }));
      }
      Object.assign(button.dataset, { fix: name, text: label });
      return make("li", {}, button);
    });
    this.grid.querySelector("ol").replaceChildren(...rows);
    const end = found.start + found.rows.length;
    this.range.textContent = found.count ? `${found.start + 1} to ${end} of ${found.count}` : "No labels yet.";
    this.grid.querySelector("[data-grid='-1']").disabled = found.start === 0;
    this.grid.querySelector("[data-grid='1']").disabled = end >= found.count;
    this.grid.hidden = false;
    this.form.hidden = true;
    this.grid.querySelector("h2").focus();
  }

  closeGrid() {
    this.grid.hidden = true;
    this.form.hidden = false;
    this.field.focus();
    this.field.select();
  }

  // Shows an image of the grid, to correct its label.
  fix(name, label) {
    this.closeGrid();
    this.showImage(name);
    this.fixing = true;
    this.offer([label], label);
    this.showConfidence(null);
    this.said.textContent = `${name}: labelled ${label}.`;
  }
}

customElements.define("captcha-labeller", CaptchaLabeller);
