// One letter, one act. All are listed in the dialog behind "?", where they can be switched off (WCAG 2.1.4).

import { $, $$, say } from "./dom.js";
import { goTo } from "./places.js";

const SWITCH = "triage-single-keys";

const typing = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select");
const asked = () => $("dialog[open]"); // nothing behind it moves

function listen(keys) {
  const dialog = $("[data-keys]");
  if (dialog) setUp(dialog);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || asked()) return;
    if (event.key === "Escape" && typing(event.target)) return leave(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = keys[event.key];
    if (!act || (event.key !== "?" && localStorage.getItem(SWITCH) === "off")) return;
    event.preventDefault();
    act();
  });
}

function setUp(dialog) {
  const box = $("input[type=checkbox]", dialog);
  const show = () => (document.body.dataset.letters = box.checked ? "on" : "off"); // the letters beside the controls
  box.checked = localStorage.getItem(SWITCH) !== "off";
  box.addEventListener("change", () => {
    localStorage.setItem(SWITCH, box.checked ? "on" : "off");
    show();
  });
  show();
  for (const button of $$("[data-open-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => dialog.showModal());
  }
}

function leave(field) {
  const place = field.closest("[data-question]");
  if (place) place.focus();
  else field.blur();
}

const press = (selector) => $(selector)?.click();

export function keysOfInbox() {
  const rows = () => $$("a.row-link");
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };
  listen({
    j: () => step(1),
    k: () => step(-1),
    "/": () => $("#q")?.focus(),
    u: () => press("[data-undo]"),
    "?": () => $("[data-keys]").showModal(),
  });
}

export function keysOfReview(form) {
  const questions = () => $$("[data-question]", form).filter((each) => each.checkVisibility());
  const current = () => document.activeElement.closest?.("[data-question]");
  // From wherever the focus is, in the order of the page; past the open ones the rest unfolds.
  const step = (by, unfolds = true) => {
    const here = document.activeElement;
    const lies = (each, where) => each !== current() && here.compareDocumentPosition(each) & where;
    const all = questions();
    const next =
      by > 0
        ? all.find((each) => lies(each, Node.DOCUMENT_POSITION_FOLLOWING))
        : all.findLast((each) => lies(each, Node.DOCUMENT_POSITION_PRECEDING));
    if (next) return show(next);
    const more = $("details[data-more]:not([open])", form);
    if (by < 0 || !unfolds || !more) return;
    more.open = true;
    step(by);
  };
  const choose = (state) => {
    const question = current() ?? questions()[0];
    const radio = question && $(`input[type=radio][value=${state}]`, question);
    if (!radio || radio.disabled) return;
    radio.click();
    say(`Question ${$(".num", question).textContent}: ${radio.closest("label").textContent.trim()}`);
    if (state === "answered") $(".when-answered textarea", question).focus();
    else {
      show(question);
      step(1, false);
    }
  };
  const verdict = (value) => {
    const radio = $(`input[name=verdict][value=${value}]`, form);
    if (!radio || radio.disabled) return;
    radio.click();
    radio.focus();
    say(`Verdict: ${radio.closest("label").textContent.trim()}`);
  };
  // Each press the next of what is missing, round and round; the list itself may be a save behind.
  let last = "";
  const gap = () => {
    const ids = $$("[data-missing] a", form).map((link) => link.hash.slice(1));
    if (!ids.length) return $("[data-approve]", form)?.focus();
    last = ids[(ids.indexOf(last) + 1) % ids.length];
    goTo(last);
  };
  const edit = () => {
    const question = current() ?? questions()[0];
    const field = question && $("textarea", question);
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  };
  listen({
    j: () => step(1),
    k: () => step(-1),
    a: () => choose("accepted"),
    x: () => choose("dropped"),
    m: () => choose("answered"),
    e: edit,
    n: () => goTo("new.0.question"),
    g: gap,
    1: () => verdict("yes"),
    2: () => verdict("yes_but"),
    3: () => verdict("no"),
    w: () => $("[data-ask]", form)?.focus(),
    s: () => goTo("guidance"),
    u: () => press("[data-undo]"),
    "?": () => $("[data-keys]").showModal(),
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || asked()) return;
    const sendBack = event.target.id === "guidance" && $("[data-send-back]", form);
    const button = sendBack || $("[data-approve]", form);
    if (!button || button.matches(":disabled")) return;
    event.preventDefault();
    form.requestSubmit(button);
  });
}

function show(question) {
  question.focus({ preventScroll: true });
  question.scrollIntoView({ block: "nearest" });
}
