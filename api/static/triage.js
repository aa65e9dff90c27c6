// The pages work without this file. It adds: a page that keeps up with what others do, edits that save
// themselves, keys, lit evidence, a running sentence and list of gaps.

import { followInbox, followRequest } from "./live.js";
import { keysOfInbox, keysOfReview } from "./keys.js";
import { followPlaces, lightEvidence, unfold } from "./places.js";
import { keepEdits } from "./saving.js";
import { $, $$, say } from "./dom.js";

// Without scripts these buttons send the form; here the question moves at once and is saved with the rest.
function reorder(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=move]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    moveQuestion(item, button.value.split(":").pop());
    button.focus();
    say(`Now question ${$(".question-head .num", item).textContent}.`);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

function moveQuestion(item, way) {
  const all = $$("ol.questions > li", item.closest("#questions"));
  const at = all.indexOf(item);
  const to = { up: at - 1, down: at + 1, top: 0 }[way];
  if (to === at || !all[to]) return;
  const step = to < at ? -1 : 1;
  for (let place = at; place !== to; place += step) swap(item, all[place + step]);
  $$("ol.questions > li", item.closest("#questions")).forEach((each, place) => renumber(each, place + 1));
  unfold(item);
}

// The number stands on the question and in the names of its controls.
function renumber(item, number) {
  const words = (text) => text.replace(/(question )\d+/i, `$1${number}`);
  $(".question-head .num", item).textContent = number;
  for (const each of $$("legend, label.sr", item)) each.textContent = words(each.textContent);
  for (const each of $$("[aria-label]", item)) each.setAttribute("aria-label", words(each.getAttribute("aria-label")));
}

function swap(one, other) {
  const place = document.createComment("");
  one.replaceWith(place);
  other.replaceWith(one);
  place.replaceWith(other);
}

// What a human has touched no longer looks like a proposal.
function ownText(form) {
  form.addEventListener("input", (event) => event.target.closest(".field.proposed")?.classList.remove("proposed"));
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

function countDown() {
  const undo = $("[data-undo-until]");
  if (!undo) return;
  const until = Date.parse(undo.dataset.undoUntil);
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      $("[data-undo-left]", undo).textContent = `in ${left} s`;
      return setTimeout(tick, 250);
    }
    const button = $("button", undo);
    if (button === document.activeElement) $("main").focus();
    button.remove();
    $("[data-undo-text]", undo).textContent = "Approved and on its way.";
  };
  tick();
}

// After a decision the next request is here: its first question, or the verdict when it has none.
function begin(form) {
  const came = new URLSearchParams(location.search);
  if (location.hash || !(came.has("approved") || came.has("decided"))) return;
  const first = $("[data-question], input[name=verdict]", form);
  first?.focus({ preventScroll: true });
  say(($("[data-undo-text]") ?? $(".notice.good"))?.textContent.replace(/\s+/g, " ").trim() ?? "");
}

copyText();
countDown();
followPlaces();
$("#problem")?.focus();
const form = $("[data-review]");
if (form) {
  keepEdits(form);
  for (const enhance of [lightEvidence, reorder, ownText, begin]) enhance(form);
  keysOfReview(form);
}
if ("inbox" in document.body.dataset) {
  followInbox();
  keysOfInbox();
}
if (document.body.dataset.request) followRequest();
