// Looks every other second how far long work is; when it has ended, the whole page is shown anew.
const PAUSE_MS = 1500;
const wait = () => new Promise((done) => setTimeout(done, PAUSE_MS));

async function look() {
  for (let place = document.querySelector("[data-work]"); place; ) {
    await wait();
    if (document.hidden) continue;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) continue;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-work]");
    if (!fresh) return location.reload();
    const [bar, now] = [place, fresh].map((one) => one.querySelector("progress"));
    if (now.hasAttribute("value")) bar.value = now.value;
    place.querySelector("p").textContent = fresh.querySelector("p").textContent;
  }
}

look();
