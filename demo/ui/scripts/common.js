// What the parts of the page share: how images are sent, chosen and dropped.

const modelChosen = new EventTarget();
const chosenModel = () => document.getElementById("model")?.value ?? "";

// Sends a form to a route of the page. Every failure is an answer with a `problem` to show.
async function send(path, images, form, signal) {
  const body = new FormData(form);
  for (const [field, file] of images) body.append(field, file, file.name || "image");
  body.append("model", chosenModel());
  for (const [name, value] of [...body]) if (value === "") body.delete(name);
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { method: "POST", body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return problem("The server cannot be reached. Check the connection and try again.");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const wait = Number(response.headers.get("Retry-After")) || 2;
  const message = answer.message ?? `The server answered with the error ${response.status}.`;
  return { ...problem(message), busy: response.status === 503, wait };
}

function problem(message) {
  const box = make("div", { className: "cm-problem cm-low" });
  box.dataset.testid = "problem";
  box.append(make("b", { textContent: "Nothing was read." }), ` ${message}`);
  return { html: box.outerHTML, said: message, problem: message };
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function tooLarge(file, limit) {
  return file.size > limit ? `The image ${file.name} is over ${limit >> 20} MiB.` : "";
}

// Calls `take` with the files that are chosen, dropped or pasted while `panel` is shown.
function receiveFiles(panel, take) {
  const box = panel.querySelector(".cm-drop");
  const input = box.querySelector("input");
  input.addEventListener("change", () => {
    // A copy: the list is emptied so that the same file can be chosen again.
    const files = [...input.files];
    input.value = "";
    if (files.length) take(files);
  });
  const stop = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return false;
    event.preventDefault();
    return true;
  };
  panel.addEventListener("dragover", (event) => {
    if (stop(event)) box.classList.add("cm-over");
  });
  panel.addEventListener("dragleave", () => box.classList.remove("cm-over"));
  panel.addEventListener("drop", (event) => {
    if (!stop(event)) return;
    box.classList.remove("cm-over");
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length && panel.isConnected && panel.offsetParent) take(files);
  });
}

// Calls `again` when an option is sent or ticked, or another model is chosen.
function onOptions(form, again) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    again();
  });
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    box.addEventListener("change", again);
  }
  modelChosen.addEventListener("change", again);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without https the browser has no clipboard for pages, but an old command.
    const area = make("textarea", { value: text, className: "cm-hidden" });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

// Makes the buttons in a reading work.
function serveReading(box, say, readWith) {
  box.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const text = copy.parentElement.querySelector("[data-testid=text]").textContent;
      const done = await copyText(text);
      say(done ? `Copied ${text}.` : "The browser does not allow to copy.");
      copy.textContent = done ? "Copied" : "Not copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    }
    const other = event.target.closest("[data-read-with]");
    if (other) readWith(other.dataset.readWith);
  });
}

// Gradio shows the description of its API for a click on its own button alone.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-api]")) document.querySelector("footer .show-api")?.click();
});
