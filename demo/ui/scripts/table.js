// The panel that reads many images: they are sent in groups, and only those that are new.

const FILTERS = [
  ["all", "all"],
  ["rejected", "not accepted"],
  ["unreadable", "unreadable"],
];
const MAX_TRIES = 5;
const MAX_GROUP_BYTES = 64 << 20;

class CaptchaTable extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.table = this.querySelector("#table");
    this.summary = this.querySelector("#summary");
    this.filter = this.querySelector("#filter");
    this.dialog = this.querySelector("dialog");
    this.images = [];
    this.order = { key: null, descending: false };
    receiveFiles(this, (files) => this.add(files));
    this.querySelector("[data-clear]").addEventListener("click", () => this.clear());
    onOptions(this.form, () => this.readAgain());
    for (const heading of this.table.querySelectorAll("th[data-key] button")) {
      heading.addEventListener("click", () => this.sort(heading.parentElement.dataset.key));
    }
    this.filter.addEventListener("change", () => this.renderRows());
    this.querySelector("#csv").addEventListener("click", () => this.download());
    this.table.tBodies[0].addEventListener("click", (event) => {
      const row = event.target.closest("tr");
      if (row) this.open(this.images[row.dataset.index]);
    });
    this.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
    this.detail = this.querySelector("[data-detail]");
    serveReading(this.detail, () => {}, (name) => {
      this.dialog.close();
      chooseModel(name);
    });
  }

  add(files) {
    const known = new Set(this.images.map((image) => image.id));
    const added = files
      .map((file) => ({ file, id: `${file.name}|${file.size}|${file.lastModified}`, row: null }))
      .filter((image) => !known.has(image.id));
    const room = Number(this.dataset.images) - this.images.length;
    this.images.push(...added.slice(0, room));
    const limit = this.querySelector(".cm-limit");
    limit.hidden = added.length <= room;
    limit.textContent =
      `Only the first ${this.dataset.images} images are read; ${added.length - room} more ` +
      "were left out. Clear the list to read others.";
    this.work();
  }

  clear() {
    this.request?.abort();
    this.images = [];
    this.querySelector(".cm-limit").hidden = true;
    this.render();
    this.querySelector(".cm-drop input").focus();
  }

  readAgain() {
    this.request?.abort();
    for (const image of this.images) image.row = null;
    this.work();
  }

  async work() {
    if (this.request && !this.request.signal.aborted) return; // It takes the new images, too.
    const request = (this.request = new AbortController());
    let tries = 0;
    let failed = null;
    for (const image of this.images) {
      const large = tooLarge(image.file, Number(this.dataset.limit));
      if (large) image.row = tooLargeRow(image.file, large);
    }
    while (!failed && !request.signal.aborted) {
      const group = this.nextGroup();
      this.render();
      if (!group.length) break;
      let answer;
      try {
        const named = group.map((image) => ["images", image.file]);
        answer = await send("page/rows", named, this.form, request.signal);
      } catch {
        return; // A later request took its place.
      }
      if (request.signal.aborted) return;
      if (answer.busy && ++tries < MAX_TRIES) {
        await new Promise((done) => setTimeout(done, 1000 * (answer.wait ?? 2)));
      } else if (answer.problem) {
        failed = answer;
      } else {
        tries = 0;
        group.forEach((image, index) => (image.row = answer.rows[index]));
      }
    }
    if (request.signal.aborted) return;
    this.request = null;
    this.render(failed);
  }

  nextGroup() {
    const left = this.images.filter((image) => !image.row).slice(0, Number(this.dataset.group));
    let bytes = 0;
    return left.filter(({ file }, index) => (bytes += file.size) <= MAX_GROUP_BYTES || !index);
  }

  render(failed = null) {
    const read = this.images.filter((image) => image.row);
    const busy = !failed && read.length < this.images.length;
    const progress = this.querySelector(".cm-progress");
    progress.hidden = !busy;
    const bar = progress.querySelector("progress");
    Object.assign(bar, { max: this.images.length || 1, value: read.length });
    progress.querySelector("[data-progress]").textContent =
      `${read.length} of ${this.images.length} images read`;
    this.querySelector(".cm-chosen").hidden = !this.images.length;
    this.querySelector("[data-name]").textContent =
      `${this.images.length} ${this.images.length === 1 ? "image" : "images"} in the list`;
    const shown = read.length > 0 && !failed;
    this.querySelector(".cm-toolbar").hidden = !shown || busy;
    this.querySelector(".cm-scroll").hidden = !shown;
    if (failed) this.summary.innerHTML = failed.html;
    else if (busy || !shown) this.summary.replaceChildren();
    else this.summary.replaceChildren(...summarize(read.map((image) => image.row)));
    this.renderFilter(read);
    this.renderRows();
  }

  renderFilter(read) {
    const chosen = this.filter.value || "all";
    this.filter.replaceChildren(
      ...FILTERS.map(([kind, name]) => {
        const count = read.filter(({ row }) => kind === "all" || row.kind === kind).length;
        return make("option", { value: kind, textContent: `${name} (${count})` });
      }),
    );
    this.filter.value = chosen;
  }

  sort(key) {
    this.order = { key, descending: this.order.key === key && !this.order.descending };
    for (const heading of this.table.querySelectorAll("th[data-key]")) {
      const direction = this.order.descending ? "descending" : "ascending";
      heading.setAttribute("aria-sort", heading.dataset.key === key ? direction : "none");
    }
    this.renderRows();
  }

  // The rows in their order, of the chosen kind.
  shownImages() {
    const kind = this.filter.value || "all";
    const shown = this.images.filter(({ row }) => row && (kind === "all" || row.kind === kind));
    const { key, descending } = this.order;
    if (!key) return shown;
    const isEmpty = (value) => value === null || value === "";
    return shown.sort(({ row: a }, { row: b }) => {
      if (isEmpty(a[key]) || isEmpty(b[key])) return isEmpty(a[key]) - isEmpty(b[key]);
      const sign = descending ? -1 : 1;
      if (typeof a[key] === "number") return sign * (a[key] - b[key]);
      return sign * String(a[key]).localeCompare(String(b[key]), undefined, { numeric: true });
    });
  }

  renderRows() {
    const headings = [...this.table.querySelectorAll("th[data-key]")];
    for (const heading of headings) {
      // A column that no image fills, such as the value of sums, would only take room.
      const { key } = heading.dataset;
      const optional = key === "value" || key === "model";
      heading.hidden = optional && !this.images.some(({ row }) => row && row[key] !== null);
    }
    const shown = headings.filter((heading) => !heading.hidden);
    this.table.tBodies[0].replaceChildren(
      ...this.shownImages().map((image) => this.tableRow(image, shown)),
    );
  }

  tableRow(image, headings) {
    const { row } = image;
    const picture = row.thumbnail
      ? make("img", { src: row.thumbnail, alt: "" })
      : make("span", { className: "cm-no-picture", textContent: "no image" });
    const cells = [make("td", { className: "cm-cell-image" }, picture)];
    // Why an image cannot be read takes the room of all that it lacks.
    const filled = row.kind === "unreadable"
      ? headings.filter(({ dataset }) => ["file", "note"].includes(dataset.key))
      : headings;
    for (const { dataset, textContent } of filled) {
      const cell = make("td", { className: `cm-cell-${dataset.key}` });
      cell.dataset.label = textContent;
      const value = row[dataset.key] ?? "";
      if (dataset.key === "file") {
        cell.append(make("button", { type: "button", textContent: value || "(no name)" }));
      } else if (dataset.key === "note" && value) {
        cell.append(make("span", { textContent: value, title: value }));
      } else cell.textContent = isPercent(dataset.key, value) ? value.toFixed(1) : value;
      cell.classList.toggle("cm-cell-empty", value === "");
      if (dataset.key === "note") cell.colSpan = headings.length - filled.length + 1;
      cells.push(cell);
    }
    for (const cell of cells) cell.setAttribute("role", "cell");
    const line = make("tr", { className: `cm-row-${row.kind}` }, ...cells);
    line.setAttribute("role", "row");
    line.dataset.index = this.images.indexOf(image);
    return line;
  }

  async open(image) {
    this.shown = image;
    this.dialog.querySelector("h2").textContent = image.file.name;
    this.detail.replaceChildren(make("p", { textContent: "Reading …" }));
    this.dialog.showModal();
    const large = tooLarge(image.file, Number(this.dataset.limit));
    const answer = large
      ? problem(large)
      : await send("page/read", [["image", image.file]], this.form);
    if (this.shown === image) this.detail.innerHTML = answer.html; // Else another was opened.
  }

  download() {
    const lines = [this.dataset.csv, ...this.images.map(({ row }) => row.csv)];
    // Spreadsheets recognise UTF-8 by its byte order mark.
    const text = `\ufeff${lines.map((line) => `${line}\r\n`).join("")}`;
    const link = make("a", {
      href: URL.createObjectURL(new Blob([text], { type: "text/csv" })),
      download: "readings.csv",
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

function isPercent(key, value) {
  return key.endsWith("confidence") && typeof value === "number";
}

function tooLargeRow(file, note) {
  const quoted = (value) => `"${value.replaceAll('"', '""')}"`;
  const empty = ",".repeat(document.querySelector("captcha-table").dataset.csv.split(",").length - 1);
  const csv = quoted(file.name) + empty + quoted(`IMAGE_TOO_LARGE: ${note}`);
  return { file: file.name, kind: "unreadable", note, csv, warnings: [], value: null, model: null };
}

// How many images were read, failed and were rejected, and the warnings.
function summarize(rows) {
  const count = (kind) => rows.filter((row) => row.kind === kind).length;
  const [unreadable, rejected] = [count("unreadable"), count("rejected")];
  const read = rows.length - unreadable;
  let text = `${read} ${read === 1 ? "image" : "images"} read`;
  if (unreadable) text += `, ${unreadable} could not be read`;
  if (rejected) text += `; ${rejected} of the readings ${rejected === 1 ? "was" : "were"} rejected`;
  const warnings = new Map();
  for (const warning of rows.flatMap((row) => row.warnings)) {
    warnings.set(warning, (warnings.get(warning) ?? 0) + 1);
  }
  const paragraphs = [...warnings].map(([warning, images]) => {
    // What holds for all of them is about the options.
    const whose = images === read ? "" : `${images} of ${read} images: `;
    const paragraph = make("p", { className: "cm-note", textContent: whose + warning });
    paragraph.dataset.testid = "warning";
    return paragraph;
  });
  return [make("p", { textContent: `${text}.` }), ...paragraphs];
}

for (const [name, kind] of [
  ["captcha-models", CaptchaModels],
  ["captcha-reader", CaptchaReader],
  ["captcha-table", CaptchaTable],
]) {
  if (!customElements.get(name)) customElements.define(name, kind);
}
