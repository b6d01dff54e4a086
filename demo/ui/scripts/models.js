// The choice of a model, which is part of the page's address.

function showModel(name) {
  for (const part of document.querySelectorAll("[data-for-model]")) {
    part.hidden = part.dataset.forModel !== name;
  }
}

function chooseModel(name) {
  const select = document.getElementById("model");
  if (![...select.options].some((option) => option.value === name)) return;
  select.value = name;
  showModel(name);
  const address = new URL(location.href);
  if (name === select.dataset.default) address.searchParams.delete("model");
  else address.searchParams.set("model", name);
  history.replaceState(history.state, "", address);
  modelChosen.dispatchEvent(new Event("change"));
}

class CaptchaModels extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    const named = new URLSearchParams(location.search).get("model");
    if (named) chooseModel(named);
    select.addEventListener("change", () => chooseModel(select.value));
  }
}
