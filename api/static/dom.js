export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// For people who hear the page, and for those who look elsewhere.
export function say(text) {
  const line = $("[data-say]");
  if (line) line.textContent = text;
}
