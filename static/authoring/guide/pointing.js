// What the mouse, a pen or a finger does on the canvas: pan, zoom, choose, move, draw arrows.
import { shape } from "./canvas.js";

const SLACK = 4; // pixels that a click may tremble

export function startPointing(canvas, { edit, say }) {
  const { model, place, svg } = canvas;
  let held = null;
  let isSpace = false;

  const point = (event) => {
    const frame = place.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  };
  const nodeOf = (event) => event.target.closest?.("[data-id]")?.dataset.id ?? canvas.at(canvas.toWorld(point(event)));

  const begin = (event) => {
    if (event.button > 1 || event.target === canvas.map || event.target.closest("button")) return;
    place.focus({ preventScroll: true });
    const at = point(event);
    const id = nodeOf(event);
    const way = event.target.dataset?.way;
    held = { at, last: at, id, isMoved: false, kind: "pan" };
    if (event.button === 1 || isSpace) held.kind = "pan";
    else if (way !== undefined && !model.isFixed) Object.assign(held, { kind: "arrow", way: Number(way) });
    else if (id) held.kind = model.isFixed ? "choose" : "move";
    else if (event.shiftKey) held.kind = "frame";
    if (held.kind === "move" && !event.shiftKey && !model.chosen.has(id)) model.select([id]);
    place.setPointerCapture(event.pointerId);
    event.preventDefault();
  };

  const drag = (event) => {
    if (!held) return;
    const at = point(event);
    if (!held.isMoved && Math.hypot(at[0] - held.at[0], at[1] - held.at[1]) < SLACK) return;
    held.isMoved = true;
    const { scale } = canvas.view;
    const by = [(at[0] - held.at[0]) / scale, (at[1] - held.at[1]) / scale];
    if (held.kind === "pan") canvas.pan(held.last[0] - at[0], held.last[1] - at[1]);
    if (held.kind === "move") canvas.shift(new Map([...model.chosen].map((id) => [id, model.nodes.get(id).at.map((one, side) => one + by[side])])));
    if (held.kind === "arrow") stretch(at);
    if (held.kind === "frame") frame(at);
    held.by = by;
    held.last = at;
  };

  const stretch = (at) => {
    const box = canvas.boxes.get(held.id);
    const [x, y] = canvas.toWorld(at);
    const start = canvas.toWorld(held.at);
    const over = canvas.at([x, y]);
    const line = shape("path", { class: "draw-drag", d: `M${start[0]} ${start[1]}L${x} ${y}`, "marker-end": "url(#draw-tip)" });
    const target = over && over !== held.id ? canvas.boxes.get(over) : null;
    const ring = target ? [shape("rect", { class: "draw-aim", x: target.x - 4, y: target.y - 4, width: target.right - target.x + 8, height: target.height + 8, rx: 11 })] : [];
    if (box) canvas.over.replaceChildren(...ring, line);
  };

  const framed = (at) => {
    const [x, y] = canvas.toWorld(held.at);
    const [toX, toY] = canvas.toWorld(at);
    return { left: Math.min(x, toX), top: Math.min(y, toY), right: Math.max(x, toX), bottom: Math.max(y, toY) };
  };

  const frame = (at) => {
    const { left, top, right, bottom } = framed(at);
    canvas.over.replaceChildren(shape("rect", { class: "draw-frame", x: left, y: top, width: right - left, height: bottom - top }));
  };

  const end = (event) => {
    if (!held) return;
    const { kind, id, isMoved, by } = held;
    const at = point(event);
    canvas.over.replaceChildren();
    if (!isMoved) click(event, id);
    else if (kind === "move") {
      canvas.moved = new Map();
      model.move(model.chosen, ...by.map(Math.round));
    } else if (kind === "arrow") land(at);
    else if (kind === "frame") model.select([...new Set([...model.chosen, ...canvas.within(framed(at))])]);
    held = null;
  };

  const click = (event, id) => {
    if (held.kind === "pan" && isSpace) return;
    if (!id) model.select([]);
    else if (event.shiftKey) model.select(model.chosen.has(id) ? [...model.chosen].filter((one) => one !== id) : [...model.chosen, id]);
    else model.select([id]);
  };

  /** An arrow ends on a step, or where there is none, on a new one. */
  const land = (at) => {
    const spot = canvas.toWorld(at);
    const over = canvas.at(spot);
    const { id, way } = held;
    if (over) {
      model.connect(id, way, over);
      say("connected", { from: model.titleOf(id), to: model.titleOf(over) });
    } else {
      model.add({ at: [spot[0] - 110, spot[1]], from: { id, way } });
      edit();
    }
  };

  place.addEventListener("pointerdown", begin);
  place.addEventListener("pointermove", drag);
  place.addEventListener("pointerup", end);
  place.addEventListener("pointercancel", () => {
    held = null;
    canvas.over.replaceChildren();
    canvas.shift(new Map());
  });
  place.addEventListener("dblclick", (event) => {
    if (event.target.closest("button")) return;
    const id = nodeOf(event);
    if (!id && !model.isFixed) model.add({ at: canvas.toWorld(point(event)) });
    if (id || !model.isFixed) edit();
  });
  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) canvas.zoom(canvas.view.scale * Math.exp(-event.deltaY / 300), point(event));
    else canvas.pan(event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY);
  }, { passive: false });
  place.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target !== place) return;
    isSpace = true;
    svg.classList.add("is-panning");
    event.preventDefault();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key !== " ") return;
    isSpace = false;
    svg.classList.remove("is-panning");
  });
  canvas.map.addEventListener("pointerdown", (event) => {
    const look = (one) => {
      const box = canvas.map.getBoundingClientRect();
      const { x, y, scale } = canvas.lay;
      const spot = [x + ((one.clientX - box.left) * canvas.map.width) / box.width / scale, y + ((one.clientY - box.top) * canvas.map.height) / box.height / scale];
      canvas.view = { ...canvas.view, x: spot[0] - canvas.width / canvas.view.scale / 2, y: spot[1] - canvas.height / canvas.view.scale / 2 };
      canvas.draw();
    };
    look(event);
    canvas.map.setPointerCapture(event.pointerId);
    canvas.map.onpointermove = look;
    canvas.map.onpointerup = () => (canvas.map.onpointermove = null);
    event.stopPropagation();
  });
}
