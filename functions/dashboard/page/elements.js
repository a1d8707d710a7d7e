// Elements are built node by node: a name from outside is never read as markup.

function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let cards = 0;

/** A titled part of the page; without a body it says what its absence means. */
function card(title, body, { wide = "", note = "", action = null } = {}) {
  const id = `card-${++cards}`;
  return h(
    "section",
    { class: `card ${wide}`, "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title), note && h("span", { class: "soft" }, note), action),
    body,
  );
}

const empty = (text) => h("p", { class: "empty" }, text);
const badge = (text, level = "") => h("span", { class: `badge ${level}` }, text);
const button = (text, onclick, kind = "quiet", label = null) =>
  h("button", { type: "button", class: kind, onclick, "aria-label": label }, text);

/** A table whose cells carry their column's name, so that a phone shows each row as a block. */
function table(caption, columns, rows) {
  const head = columns.map(([name, , kind]) => h("th", { scope: "col", class: kind || "" }, name));
  const cell = (row) => ([name, show, kind]) => h("td", { "data-label": name, class: kind || "" }, show(row));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": `${caption}, scrollable` },
    h(
      "table",
      {},
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, head)),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(cell(row))))),
    ),
  );
}

/** A bar of how much of something is used, in the colour of its alert level. */
function bar(label, fraction, level, text) {
  const used = Math.max(0, Math.min(1, Number(fraction) || 0));
  const fill = h("span", { class: `fill ${level}` });
  fill.style.width = `${(used * 100).toFixed(1)}%`;
  const marks = [0.5, 0.75].map((at) => {
    const mark = h("i", {});
    mark.style.left = `${at * 100}%`;
    return mark;
  });
  const values = { "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": (used * 100).toFixed(0), "aria-valuetext": text };
  return h("span", { class: "meter", role: "meter", "aria-label": label, ...values }, fill, marks);
}
