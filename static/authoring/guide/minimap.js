// The whole tree in the corner, with a frame around what is in view; drawn anew only where something moved.
import { WIDTH } from "./geometry.js";

const MARGIN = 6;
const LATER = 400;
const LEAST = 12; // steps, below which nobody needs it

/** Where the map lies on the tree: the upper left corner of the tree in it, and how much smaller it is. */
export function layOf(map, canvas) {
  const all = canvas.bounds();
  if (!all) return null;
  const scale = Math.min((map.width - 2 * MARGIN) / (all.right - all.left), (map.height - 2 * MARGIN) / (all.bottom - all.top));
  return { scale, x: all.left - (map.width / scale - (all.right - all.left)) / 2, y: all.top - (map.height / scale - (all.bottom - all.top)) / 2 };
}

export function drawMinimap(map, canvas) {
  map.hidden = canvas.boxes.size < LEAST || isWholeIn(canvas);
  if (map.hidden) return;
  if (!canvas.mapPicture || canvas.mapScheme !== scheme()) drawTree(map, canvas);
  else if (canvas.isMapStale) drawLater(map, canvas);
  const { lay } = canvas;
  const brush = map.getContext("2d");
  brush.clearRect(0, 0, map.width, map.height);
  brush.drawImage(canvas.mapPicture, 0, 0);
  const view = canvas.inView();
  brush.strokeStyle = getComputedStyle(map).color;
  brush.lineWidth = 1.5;
  brush.strokeRect((view.left - lay.x) * lay.scale, (view.top - lay.y) * lay.scale, (view.right - view.left) * lay.scale, (view.bottom - view.top) * lay.scale);
}

/** Whether all of it is in view as it is; then the map would only hide a part. */
function isWholeIn(canvas) {
  const [all, view] = [canvas.bounds(), canvas.inView(1)];
  return all.left >= view.left && all.right <= view.right && all.top >= view.top && all.bottom <= view.bottom;
}

function scheme() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Not while somebody goes on changing it. */
function drawLater(map, canvas) {
  clearTimeout(canvas.mapTimer);
  canvas.mapTimer = setTimeout(() => {
    drawTree(map, canvas);
    canvas.draw();
  }, LATER);
}

function drawTree(map, canvas) {
  canvas.isMapStale = false;
  canvas.mapScheme = scheme();
  canvas.lay = layOf(map, canvas);
  canvas.mapPicture = new OffscreenCanvas(map.width, map.height);
  const brush = canvas.mapPicture.getContext("2d");
  brush.fillStyle = getComputedStyle(map).getPropertyValue("--edge");
  const { x, y, scale } = canvas.lay;
  for (const box of canvas.boxes.values()) brush.fillRect((box.x - x) * scale, (box.y - y) * scale, Math.max(1, WIDTH * scale), Math.max(1, box.height * scale));
}
