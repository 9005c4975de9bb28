// Keys of the desk and of the review page. Everything they do can be done by hand, and works without this script.
"use strict";

const rows = [...document.querySelectorAll("[data-row]")];
const tabs = document.querySelector(".review-tabs");
const decision = document.querySelector("#decide");

function show(id) {
  for (const tab of tabs.querySelectorAll("a")) {
    const chosen = tab.hash === `#${id}`;
    document.querySelector(tab.hash).hidden = !chosen;
    if (chosen) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

if (tabs) {
  tabs.hidden = false;
  show(location.hash === "#changes" ? "changes" : "text");
  tabs.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab) return;
    event.preventDefault();
    show(tab.hash.slice(1));
  });
}

function step(by) {
  const link = document.querySelector(`a[rel="${by > 0 ? "next" : "prev"}"]`);
  if (link) {
    link.click();
  } else if (rows.length) {
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), rows.length - 1);
    rows[next].focus();
  }
}

// Approving is asked for twice: the first press goes to the button, Enter presses it.
const keys = {
  j: () => step(1),
  k: () => step(-1),
  a: () => decision?.querySelector('[value="approve"]').focus(),
  r: () => decision?.querySelector("textarea").focus(),
  d: () => tabs && show(document.querySelector("#changes").hidden ? "changes" : "text"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = keys[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
