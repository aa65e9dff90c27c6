// The pages work without this file. It adds: live updates, Ctrl+Enter, lit quotes, a running list of gaps,
// a warning before edits are lost.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

function followChanges() {
  const here = document.body.dataset.request;
  if (!here && !("inbox" in document.body.dataset)) return;
  const banner = $("[data-live]");
  const events = new EventSource("/events");
  events.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    if (here && change.request_id !== here) return;
    if (here && !$("[data-approve], form[data-answers]")) location.reload(); // nothing typed, nothing lost
    else announce(banner, here ? "This request changed." : "Something changed.");
  });
  events.onerror = () => events.readyState === EventSource.CLOSED && announce(banner, "The connection is lost.");
}

function announce(banner, text) {
  $("[data-live-text]", banner).textContent = text;
  banner.hidden = false;
}

function approveByKey(form) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const button = $("[data-approve]", form);
    if (!button || button.matches(":disabled")) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
}

function lightQuotes(form) {
  const light = (event, on) => {
    const id = event.target.closest("[data-question]")?.id;
    for (const mark of id ? $$("mark[data-marks]") : []) {
      if (mark.dataset.marks.split(" ").includes(id)) mark.classList.toggle("lit", on);
    }
  };
  for (const [name, on] of [["focusin", true], ["mouseover", true], ["focusout", false], ["mouseout", false]]) {
    form.addEventListener(name, (event) => light(event, on));
  }
}

function tickGaps(form) {
  const filled = (name) => {
    const value = new FormData(form).get(name);
    return typeof value === "string" && value.trim() !== "";
  };
  const tick = () => {
    for (const link of $$("[data-missing] a", form)) {
      link.classList.toggle("filled", filled(decodeURIComponent(link.hash.slice(1))));
    }
  };
  form.addEventListener("input", tick);
  form.addEventListener("change", tick);
}

function guardEdits(form) {
  let edited = false;
  form.addEventListener("input", () => {
    edited = true;
    const untouched = $("[data-untouched]", form);
    if (untouched) untouched.textContent = untouched.dataset.untouched;
  });
  form.addEventListener("submit", () => { edited = false; });
  addEventListener("beforeunload", (event) => { if (edited) event.preventDefault(); });
}

// A link may point into a folded part: open it first.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView({ block: "center" });
}

function copyText() {
  for (const button of $$("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText($(button.dataset.copy).textContent.trim());
      button.textContent = "Copied";
    });
  }
}

followChanges();
copyText();
addEventListener("hashchange", openTarget);
openTarget();
$("#problem")?.focus();
const form = $("[data-review]");
if (form) [approveByKey, lightQuotes, tickGaps, guardEdits].forEach((enhance) => enhance(form));
