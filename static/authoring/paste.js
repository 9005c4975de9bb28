// What comes from Word, from other editors and from web pages, as plain structure: headings, lists, tables, links.

const NOISE = "script, style, meta, link, title, xml, object, svg, noscript, template, button, input, select, textarea, iframe";
const KEPT_ATTRIBUTES = { A: ["href"], IMG: ["alt", "src"], OL: ["start"], PRE: ["data-language"] };
const ADDRESS = /^(?:https?:|mailto:|tel:|kb:|attachment:)/i;
const WORD_LIST = /mso-list:\s*l\d+\s+level(\d+)/i;
const NUMBER = /^\(?(?:\d{1,3}|[a-z]{1,4})[.)]/i;

/** Clean HTML for the schema to read; what was copied in the visual mode itself stays as it is. */
export function cleaned(html) {
  if (/data-pm-slice/.test(html)) return html;
  const page = new DOMParser().parseFromString(inert(html), "text/html");
  removeNoise(page);
  wordLists(page);
  wordTitles(page);
  dressed(page);
  tables(page);
  headings(page);
  for (const paragraph of page.body.querySelectorAll("li > p:first-child")) {
    if (!paragraph.parentElement.querySelector(":scope > p + p")) paragraph.replaceWith(...paragraph.childNodes);
  }
  for (const node of page.body.querySelectorAll("*")) bare(node);
  for (const node of page.body.querySelectorAll("p, h1, h2, h3, h4, h5, h6, li")) trimmed(node);
  return page.body.innerHTML;
}

/** The words of HTML, to see whether there are any. */
export function hasWords(html) {
  return html.replace(/<style[^>]*>[^]*?<\/style>|<!--[^]*?-->|<[^>]*>|&nbsp;/gi, "").trim() !== "";
}

/** Styles tell what is bold or a list, but the page's policy refuses them even in a document that is not shown. */
function inert(html) {
  const renamed = (tag) => tag.replace(/([\s"'])(style|on[a-z]+)(?=\s*=)/gi, "$1data-$2");
  return html.replace(/<style[^>]*>[^]*?<\/style>/gi, "").replace(/<[a-z][^>]*>/gi, renamed);
}

function removeNoise(page) {
  for (const node of page.querySelectorAll(NOISE)) node.remove();
  const walker = page.createTreeWalker(page, NodeFilter.SHOW_COMMENT);
  const comments = [];
  while (walker.nextNode()) comments.push(walker.currentNode);
  for (const comment of comments) comment.remove();
  for (const node of page.body.querySelectorAll("*")) {
    if (node.tagName.includes(":")) node.replaceWith(...node.childNodes); // o:p and its kin
    else if (/display:\s*none|mso-hide:\s*all/i.test(styleOf(node))) node.remove();
  }
}

const styleOf = (node) => node.getAttribute("data-style") ?? "";

/** Word writes a list as paragraphs that carry their sign as text. */
function wordLists(page) {
  let open = [];
  for (const paragraph of page.body.querySelectorAll("p, h1, h2, h3, h4, h5, h6, div")) {
    const level = Number(WORD_LIST.exec(styleOf(paragraph))?.[1] ?? 0);
    if (!level) continue;
    if (lastOf(open)?.list !== paragraph.previousElementSibling && open[0]?.list !== paragraph.previousElementSibling) open = [];
    const sign = signOf(paragraph);
    const tag = NUMBER.test(sign) ? "ol" : "ul";
    open = open.slice(0, level);
    if (open.length === level && lastOf(open).list.localName !== tag) open.pop();
    while (open.length < level) open.push(newList(page, open, paragraph, tag, sign));
    const item = page.createElement("li");
    item.append(...paragraph.childNodes);
    lastOf(open).list.append(item);
    paragraph.remove();
  }
}

const lastOf = (items) => items[items.length - 1];

function newList(page, open, paragraph, tag, sign) {
  const list = page.createElement(tag);
  const start = Number.parseInt(sign.replace("(", ""), 10);
  if (tag === "ol" && start > 1) list.setAttribute("start", start);
  if (!open.length) {
    paragraph.before(list);
  } else {
    const above = lastOf(open).list;
    if (!above.lastElementChild) above.append(page.createElement("li"));
    above.lastElementChild.append(list);
  }
  return { list };
}

/** Takes the sign off a list's paragraph. */
function signOf(paragraph) {
  const marked = [...paragraph.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(styleOf(span)));
  if (marked) {
    const sign = marked.textContent.trim();
    marked.remove();
    return sign;
  }
  const first = paragraph.ownerDocument.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT).nextNode();
  const sign = /^\s*([·•o§▪-]|\(?\w{1,4}[.)])[\s\u00a0]+/.exec(first?.data ?? "");
  if (sign) first.data = first.data.slice(sign[0].length);
  return sign?.[1] ?? "";
}

function wordTitles(page) {
  for (const node of page.body.querySelectorAll("p.MsoTitle")) renamed(node, "h1");
}

function renamed(node, name) {
  const made = node.ownerDocument.createElement(name);
  made.append(...node.childNodes);
  node.replaceWith(made);
  return made;
}

/** Bold and italic that are only styles become tags, and tags that a style takes back (Google Docs) go. */
function dressed(page) {
  for (const node of page.body.querySelectorAll("b, strong")) {
    if (/(?:^|[;\s])font-weight:\s*(?:normal|[1-4]00)/i.test(styleOf(node))) node.replaceWith(...node.childNodes);
  }
  for (const node of page.body.querySelectorAll("span")) {
    const style = styleOf(node);
    if (/(?:^|[;\s])font-weight:\s*(?:bold|[6-9]00)/i.test(style) && !node.closest("b, strong, h1, h2, h3, h4, h5, h6, th")) wrapContent(node, "strong");
    if (/font-style:\s*italic/i.test(style) && !node.closest("i, em")) wrapContent(node, "em");
  }
}

function wrapContent(node, name) {
  const made = node.ownerDocument.createElement(name);
  made.append(...node.childNodes);
  node.append(made);
}

/** One paragraph a cell, a head row, no joined cells: Markdown has no more. */
function tables(page) {
  for (const table of page.body.querySelectorAll("table")) {
    if (table.querySelector("table") || table.rows.length * Math.max(...[...table.rows].map((row) => row.cells.length)) < 2) {
      table.replaceWith(...[...table.querySelectorAll("td, th")].filter((cell) => cell.closest("table") === table).flatMap((cell) => [...cell.childNodes]));
      continue;
    }
    for (const cell of table.querySelectorAll("td, th")) {
      const blocks = [...cell.querySelectorAll("p, div, li, h1, h2, h3, h4, h5, h6")].filter((block) => !block.querySelector("p, div, li"));
      blocks.slice(1).forEach((block) => block.prepend(page.createElement("br")));
      for (const block of [...cell.querySelectorAll("p, div, ul, ol, li, h1, h2, h3, h4, h5, h6")]) block.replaceWith(...block.childNodes);
      for (let more = cell.colSpan - 1; more > 0; more -= 1) cell.after(page.createElement(cell.localName));
    }
    if (!table.querySelector("th")) for (const cell of [...table.rows[0].cells]) renamed(cell, "th");
  }
}

/** The page's own title is the article's; the highest heading of a text is a second level. */
function headings(page) {
  if (!page.body.querySelector("h1")) return;
  for (const level of [5, 4, 3, 2, 1]) for (const node of page.body.querySelectorAll(`h${level}`)) renamed(node, `h${level + 1}`);
}

function bare(node) {
  const kept = KEPT_ATTRIBUTES[node.tagName] ?? [];
  for (const { name } of [...node.attributes]) if (!kept.includes(name)) node.removeAttribute(name);
  if (node.tagName === "A" && !ADDRESS.test(node.getAttribute("href") ?? "")) node.replaceWith(...node.childNodes);
  if (node.tagName === "IMG" && !/^(?:attachment:|\/files\/)/.test(node.getAttribute("src") ?? "")) node.replaceWith(node.alt);
}

function trimmed(node) {
  if (!node.textContent.replaceAll("\u00a0", " ").trim() && !node.querySelector("img, br, ul, ol")) node.remove();
  for (const text of node.childNodes) if (text.nodeType === Node.TEXT_NODE) text.data = text.data.replace(/[ \u00a0]{2,}|\u00a0(?=\n|$)/g, " ");
}
