// Edits save themselves as draft versions. One save at a time; what cannot be saved now is tried again.

import { $, $$, say } from "./dom.js";

const PAUSE_MS = 700; // after the last key stroke
const RETRY_MS = [2000, 5000, 10000, 30000];
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const LEFT = "triage-left-unsaved"; // the page that was left while its last save was on its way
const OUTLIVES = 60_000; // bytes: browsers send no more than 64 KiB after the page is gone

export function keepEdits(form) {
  const address = form.dataset.autosave;
  let timer = 0;
  let dirty = false;
  let running = null; // the save in hand
  let failures = 0;
  let assembled = $("[data-assembled]", form)?.dataset.assembled ?? "";

  const soon = (wait = PAUSE_MS) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };

  function save() {
    if (running) return running;
    clearTimeout(timer);
    if (!dirty || !address) return Promise.resolve();
    dirty = false;
    running = send().finally(() => {
      running = null;
      if (dirty) soon(failures ? RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] : PAUSE_MS);
    });
    return running;
  }

  async function send() {
    state("Saving…");
    const body = new URLSearchParams(new FormData(form));
    let response;
    try {
      response = await fetch(address, {
        method: "POST",
        body,
        headers: { accept: "application/json" },
        keepalive: body.toString().length < OUTLIVES,
      });
    } catch {
      return unsent("No connection. Your edits are kept here and sent as soon as it is back.");
    }
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return taken(answer);
    if (response.status === 409) return conflict(answer);
    if (response.status === 422) {
      const { version, saved, standing } = answer;
      if (version) taken({ ...standing, version, saved }); // the rest is kept
      return state(troubles(answer), "bad");
    }
    unsent(`Not saved: ${answer.detail || response.statusText} It is tried again.`);
  }

  function unsent(words) {
    failures += 1;
    dirty = true;
    state(words, "bad");
  }

  function taken(answer) {
    failures = 0;
    form.elements.version.value = answer.version;
    state(`Saved ${new Date(answer.saved).toLocaleTimeString([], CLOCK)}`);
    gaps(answer.missing);
    const total = $("[data-total]", form);
    if (total) total.textContent = answer.total;
    const label = $("[data-label]", form);
    if (label) {
      label.textContent = answer.label;
      label.className = `size size-${answer.label}`;
      const lane = $("[data-lane]", form);
      lane.textContent = answer.lane === "full" ? "full review" : "fast lane";
      lane.className = `lane lane-${answer.lane}`;
    }
    sentence(answer.sentence);
  }

  // The sentence follows the fields until somebody writes their own.
  function sentence(fresh) {
    const field = form.elements.sentence;
    const hint = $("[data-assembled]", form);
    if (!field || !hint || fresh === undefined) return;
    const followed = [assembled.trim(), ""].includes(field.value.trim());
    if (followed && fresh !== assembled && document.activeElement !== field) {
      field.value = fresh;
      dirty = true;
    }
    assembled = fresh;
    $("[data-assembled-text]", hint).textContent = fresh;
    hint.hidden = !fresh || field.value.trim() === fresh.trim();
  }

  function gaps(missing) {
    const box = $("[data-missing]", form);
    if (!box || !missing) return;
    const list = $("ul", box);
    list.replaceChildren(
      ...missing.map(({ field, label, message }) => {
        const link = Object.assign(document.createElement("a"), { textContent: label, title: message });
        link.setAttribute("href", `#${field}`);
        const item = document.createElement("li");
        item.append(link);
        return item;
      }),
    );
    $("[data-missing-title]", box).hidden = !missing.length;
    list.hidden = !missing.length;
    $("[data-ready]", box).hidden = missing.length > 0;
  }

  function conflict(answer) {
    state(`${answer.detail} `, "bad");
    const button = Object.assign(document.createElement("button"), { type: "submit", className: "link" });
    button.textContent = "See what changed; yours is kept";
    $("[data-state]", form).append(button);
  }

  function state(text, kind = "") {
    const line = $("[data-state]", form);
    if (!line) return;
    line.textContent = text;
    line.className = `state ${kind}`;
    if (kind) say(text);
  }

  // Back so soon that the last save may have come after this page was made: look once more.
  if (sessionStorage.getItem(LEFT) === location.pathname) {
    sessionStorage.removeItem(LEFT);
    setTimeout(() => !dirty && location.reload(), PAUSE_MS);
  }

  form.addEventListener("input", () => {
    dirty = true;
    soon();
  });
  form.addEventListener("change", () => {
    dirty = true;
    soon(150);
  });
  addEventListener("online", () => dirty && soon(0));
  addEventListener("pagehide", () => {
    if (!dirty) return;
    save();
    sessionStorage.setItem(LEFT, location.pathname);
  });
  addEventListener("beforeunload", (event) => dirty && (failures || running) && event.preventDefault());
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // its version is old
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && "default" in button.dataset) return enter(event);
    if (!dirty && !running) return;
    event.preventDefault(); // what was typed is safe before anything is decided
    save().then(() => {
      if (failures) state("No connection. Nothing was decided; your edits are kept here.", "bad");
      else form.requestSubmit(button?.isConnected ? button : null);
    });
  });
  // Enter in a line of text saves and stays; in the own size it keeps that.
  function enter(event) {
    event.preventDefault();
    const own = document.activeElement.closest("[data-own-size]");
    if (own) return form.requestSubmit($("button", own));
    soon(0);
  }
  $$("[data-use-sentence]", form).forEach((button) =>
    button.addEventListener("click", (event) => {
      event.preventDefault();
      form.elements.sentence.value = assembled;
      form.elements.sentence.dispatchEvent(new Event("input", { bubbles: true }));
      button.closest("[data-assembled]").hidden = true;
    }),
  );
}

function troubles(answer) {
  const said = (answer.errors ?? []).map(({ message }) => message).join(" ");
  return said || answer.detail || "Part of this cannot be read.";
}
