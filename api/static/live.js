// What others do shows up here without a reload: in the inbox as new rows, on a request as a banner.

import { $, $$ } from "./dom.js";

function follow(changed) {
  const events = new EventSource("/events");
  events.addEventListener("change", (event) => changed(JSON.parse(event.data)));
  events.onerror = () => events.readyState === EventSource.CLOSED && announce("The connection is lost.");
}

const SAID = { mail: "A new mail came in on this request." };

export function announce(text) {
  const banner = $("[data-live]");
  $("[data-live-text]", banner).textContent = text;
  banner.hidden = false;
}

export function followRequest() {
  const here = document.body.dataset.request;
  follow((change) => {
    if (change.request_id !== here || change.own) return;
    if ($("[data-approve], form[data-answers]")) announce(SAID[change.kind] ?? "This request changed.");
    else location.reload(); // nothing typed, nothing lost
  });
}

// One fetch for a burst of changes; the row in focus keeps it.
export function followInbox() {
  let waiting = 0;
  follow(() => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 300);
  });
}

async function refresh() {
  const address = new URL(location.href);
  address.searchParams.set("part", "1");
  const list = $("[data-list]");
  try {
    const response = await fetch(address, { headers: { accept: "text/html" } });
    if (!response.ok) throw new Error(response.statusText);
    const focused = document.activeElement.closest?.("[data-list] a")?.getAttribute("href");
    list.innerHTML = await response.text();
    if (focused) $$("a.row-link", list).find((link) => link.getAttribute("href") === focused)?.focus();
  } catch {
    announce("Something changed.");
  }
}
