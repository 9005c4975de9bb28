// Files on their way to the server: how far each is, and what to do when one does not arrive.
import { element, icon, reason, word } from "./page.js";

const form = document.querySelector("#edit");

/** Sends files one after the other. list: where their state shows; inserted(answer) for each that arrived. */
export async function upload(files, list, inserted) {
  for (const file of files) await uploadOne(file, list, inserted);
}

/** Lets the author choose files. */
export function chooseFiles(taken) {
  const chooser = element("input", { type: "file", multiple: true, hidden: true });
  chooser.addEventListener("change", () => taken([...chooser.files]));
  chooser.click();
}

async function uploadOne(file, list, inserted) {
  const name = file.name || "image.png";
  const words = element("span", {}, word("uploading", { name, percent: 0 }));
  const bar = element("progress", { max: 100, value: 0, "aria-label": name });
  const line = element("li", { class: "upload-line" }, words, bar);
  list.append(line);
  try {
    const answer = await send(file, name, (percent) => {
      bar.value = percent;
      words.textContent = word("uploading", { name, percent });
    });
    line.remove();
    inserted(answer);
  } catch (error) {
    const again = () => {
      line.remove();
      uploadOne(file, list, inserted);
    };
    line.classList.add("upload-failed");
    line.replaceChildren(
      icon("warning"),
      element("span", { role: "alert" }, word("upload_failed", { name, why: error.message })),
      element("button", { type: "button", class: "button button-small", onclick: again }, word("upload_retry")),
      element("button", { type: "button", class: "button button-small", onclick: () => line.remove() }, word("upload_dismiss")),
    );
  }
}

/** fetch tells nothing about how far an upload is; XMLHttpRequest does. */
function send(file, name, progressed) {
  const body = new FormData();
  body.append("file", file, name);
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.upload);
  request.setRequestHeader("X-CSRFToken", form.dataset.csrf);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.addEventListener("progress", ({ loaded, total }) => progressed(Math.round((100 * loaded) / total)));
  return new Promise((resolve, reject) => {
    request.addEventListener("load", () => {
      const isDone = request.status < 300 && request.response?.markdown;
      if (isDone) resolve(request.response);
      else reject(new Error(reason(request.response ?? {}, request.status)));
    });
    request.addEventListener("error", () => reject(new Error(word("offline"))));
    request.send(body);
  });
}
