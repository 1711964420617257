// Elements, and views that are redrawn after a change.

const SVG = new Set(["svg", "path", "line", "text", "circle"]);

/** An element: h("p", { class: "note", onclick }, "text", another). Null and false children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = SVG.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    // The page's policy allows no style attributes.
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...content(children));
  return element;
}

const content = (children) => [children].flat(Infinity).filter((child) => child != null && child !== false);

const views = new Set();

/** Fills an element with what `draw` returns, now and at each `redraw`. */
export function view(element, draw) {
  element.redraw = () => element.replaceChildren(...content(draw()));
  views.add(element);
  element.redraw();
  return element;
}

export const redrawAll = () => views.forEach((element) => element.redraw());

/** A table of headings and rows of cells. */
export const table = (head, rows, caption) => h("table", {},
  h("caption", {}, caption),
  h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
  h("tbody", {}, rows.map(([first, ...cells]) => h("tr", {}, h("th", { scope: "row" }, first), cells.map((cell) => h("td", {}, cell))))));

/** What the colours of these classes mean. */
export const legend = (names) => h("p", { class: "legend" }, names.map(([name, label]) => h("span", {}, h("i", { class: name }), label)));

/** A region that may be wider than the screen. The keyboard can scroll it, too. */
export const wide = (label, ...children) => h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": label }, children);

export const part = (id) => document.getElementById(id);

/** Stores a value in this browser, if one is given. Returns the stored one, or null. */
export function kept(name, value) {
  try {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** What the server says about itself. */
export const facts = document.documentElement.dataset;
