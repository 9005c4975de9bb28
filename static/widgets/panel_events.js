// What happens on the floor, as it happens. A lost connection is said, comes back by itself and misses nothing: the
// server is told the last event that was heard.
import { lose, root } from "./panel_io.js";

const SILENCE_MS = 1500; // before a connection that comes back at once is spoken of
const PAUSES_MS = [1000, 2000, 5000, 10000];

export function listen(head, { heard, back }) {
  let last = head;
  let failures = 0;
  let silent;
  let source;

  function away() {
    silent ??= setTimeout(() => lose("events", true), SILENCE_MS);
  }

  function here() {
    clearTimeout(silent);
    silent = undefined;
    lose("events", false);
    if (failures) back();
    failures = 0;
  }

  function open() {
    source = new EventSource(`${root.dataset.api}/contacts/events?after=${last}`);
    source.onopen = here;
    source.onmessage = (message) => {
      last = Number(message.lastEventId) || last;
      heard(JSON.parse(message.data));
    };
    source.onerror = () => {
      failures += 1;
      away();
      source.close(); // the browser's own way gives up for good where a proxy answers for the server
      setTimeout(open, PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]);
    };
  }

  open();
  addEventListener("pagehide", () => source.close());
}
