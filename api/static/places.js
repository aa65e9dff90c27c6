// Ways to a place on the page: out of folds, into its first control, evidence lit beside the draft.

import { $, $$ } from "./dom.js";

const CONTROLS = "input:not([type=hidden]), textarea, select";

const named = (id) => document.getElementById(decodeURIComponent(id));

export function unfold(place) {
  for (let fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

// A link may point into a folded part: open it first.
export function showPlace(id) {
  const place = named(id);
  if (!place) return;
  unfold(place);
  place.scrollIntoView({ block: place.offsetHeight > innerHeight / 2 ? "start" : "center" });
}

// The place itself, or what can be filled in there: of a choice the chosen one.
export function goTo(id) {
  const place = named(id);
  if (!place) return;
  unfold(place);
  const inside = $$(CONTROLS, place).filter((each) => !each.disabled && each.checkVisibility());
  const control = place.matches(CONTROLS) ? place : inside.find((each) => each.checked) ?? inside[0];
  const target = control ?? place;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

export function followPlaces() {
  addEventListener("hashchange", () => showPlace(location.hash.slice(1)));
  if (location.hash) showPlace(location.hash.slice(1));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-missing] a, #problem a");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    goTo(link.hash.slice(1));
  });
}

// What a question rests on, in the mail and in the evidence, lights up with it.
export function lightEvidence(form) {
  const light = (event, on) => {
    const question = event.target.closest("[data-question]");
    if (!question || question.contains(event.relatedTarget)) return;
    if (!on && question.matches(event.type === "mouseout" ? ":focus-within" : ":hover")) return; // still looked at
    const places = $$("mark[data-marks]").filter((mark) => mark.dataset.marks.split(" ").includes(question.id));
    places.push(...$$("a.cite", question).map((cite) => named(cite.hash.slice(1))).filter(Boolean));
    for (const place of places) place.classList.toggle("lit", on);
    if (on && event.type === "focusin" && matchMedia("(min-width: 54rem)").matches) places.forEach(showInPane);
  };
  for (const [name, on] of [["focusin", true], ["mouseover", true], ["focusout", false], ["mouseout", false]]) {
    form.addEventListener(name, (event) => light(event, on));
  }
}

// Scrolls the pane alone, never the page: the reader's place in the draft stays.
function showInPane(place) {
  const pane = place.closest(".pane");
  if (!pane || pane.scrollHeight <= pane.clientHeight || !place.offsetParent) return;
  const top = place.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (top < 0 || top > pane.clientHeight - 60) pane.scrollBy({ top: top - pane.clientHeight / 3 });
}
