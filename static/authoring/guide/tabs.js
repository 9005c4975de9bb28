// The panels beside the canvas, one at a time (the tabs pattern: arrows go from one to the next).

export function startTabs(bar, opened) {
  const tabs = [...bar.querySelectorAll("[role=tab]")];
  const nameOf = (tab) => tab.id.replace("tab-", "");
  const held = { current: nameOf(tabs[0]) };

  held.open = (name) => {
    if (held.current === name) return;
    held.current = name;
    for (const tab of tabs) {
      const isOpen = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(isOpen));
      tab.tabIndex = isOpen ? 0 : -1;
      document.querySelector(`#panel-${nameOf(tab)}`).hidden = !isOpen;
    }
    opened(name);
  };
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => held.open(nameOf(tab)));
    tab.addEventListener("keydown", (event) => {
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const other = tabs.at(next % tabs.length);
      held.open(nameOf(other));
      other.focus();
    });
  });
  return held;
}
