// Shows answers on the page instead of in a new window, and sends the key, which only a script can.
const key = document.querySelector("#key");
document.querySelector("#key-field").hidden = false;

for (const form of document.querySelectorAll(".try")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const output = form.querySelector(".answer");
    const url = addressOf(form);
    const started = performance.now();
    output.hidden = false;
    output.textContent = "…";
    try {
      const headers = key.value ? { Authorization: `Bearer ${key.value}` } : {};
      const response = await fetch(url, { headers });
      const took = Math.round(performance.now() - started);
      show(output, `${response.status} ${response.statusText}, ${took} ms\nGET ${url}`, await response.text());
    } catch (error) {
      show(output, String(error), "");
    }
  });
}

function addressOf(form) {
  const url = new URL(form.dataset.path, location.href);
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") {
      path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    } else if (field.value !== "") {
      url.searchParams.set(field.name, field.value);
    }
  }
  return path + url.search;
}

function show(output, head, body) {
  const pre = document.createElement("pre");
  pre.tabIndex = 0;
  const code = document.createElement("code");
  code.textContent = `${head}\n\n${pretty(body)}`;
  pre.append(code);
  output.replaceChildren(pre);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
