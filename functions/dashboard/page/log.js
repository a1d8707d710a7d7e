// The audit log as it grows: decisions with their reasons first, everything else by name.

const QUIET = new Set(["snapshot_recorded", "venue_observed", "alert_levels_measured", "heartbeat_received", "alert_path_probed"]);

const orderText = (order) => {
  if (!order) return "";
  const size = isKnown(order.quantity) ? showFigure(order.quantity) : `${showMoney(order.quote_quantity)} of`;
  const price = isKnown(order.price) ? ` at ${showFigure(order.price)}` : ` at ${order.type || "market"}`;
  return `${sentence(order.side || "")} ${size} ${order.symbol}${price}`;
};

/** Why an order was denied: each broken rule with its figure and its limit. */
function violationText(row) {
  const figures = isKnown(row.observed) && isKnown(row.limit) ? ` ${showInUnit(row.observed, row.unit)} of ${showInUnit(row.limit, row.unit)}` : "";
  return `${words(row.code)}${figures}`;
}

function decisionRow(entry) {
  const answer = entry.answer || {};
  const denied = answer.decision === "denied";
  const reasons = (answer.violations || []).map(violationText).join("; ");
  const order = entry.inputs.order;
  return {
    level: denied ? "red" : "ok",
    word: answer.decision || "decided",
    text: orderText(order),
    detail: [answer.client_order_id, order && order.strategy, reasons].filter(Boolean).join(" · "),
  };
}

/** Of one log entry: its word, its level, what happened and to what. */
function describeEntry(entry) {
  if (entry.event === "order_decided") return decisionRow(entry);
  const inputs = entry.inputs;
  const named = ["client_order_id", "name", "status", "reason", "run_id"].map((field) => inputs[field]).filter((value) => typeof value === "string" && value);
  if (entry.event === "fill_recorded") {
    const { order, quantity, price } = inputs;
    return { level: "", word: "filled", text: `${sentence(order.side)} ${showFigure(quantity)} ${order.symbol} at ${showPrice(price)}`, detail: `${order.client_order_id} · ${order.strategy}` };
  }
  if (entry.event === "order_closed") {
    const detail = [inputs.client_order_id, inputs.reason].filter(Boolean).join(" · ");
    return { level: inputs.status === "rejected" ? "red" : "", word: words(inputs.status), text: "", detail };
  }
  const stopped = ["breaker_tripped", "kill_switch_changed", "exit_requested", "order_outcome_unknown"].includes(entry.event);
  return { level: stopped ? "orange" : "", word: words(entry.event), text: "", detail: named.join(" · ") };
}

function logCard(entries) {
  const shown = entries.filter((entry) => !QUIET.has(entry.event)).slice(-60).reverse();
  const rows = shown.map((entry) => {
    const { level, word, text, detail } = describeEntry(entry);
    const when = h("time", { class: "soft", datetime: entry.at, title: entry.at }, showInstant(entry.at));
    return h("li", {}, when, " ", badge(word, level), ` ${text}`, h("span", { class: "soft block" }, `${detail}${detail ? " · " : ""}${entry.actor}`));
  });
  const body = rows.length ? h("div", { class: "log", tabindex: "0", role: "log", "aria-label": "Decisions and events" }, h("ul", { class: "rows" }, rows)) : empty("Nothing has happened yet.");
  return card("Decisions and events", body, { wide: "two" });
}

/** Alert levels that were told, with who has taken note. */
function alertsCard(account, act) {
  const sorted = [...account.alerts].sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const rows = sorted.map((row) =>
    h(
      "li",
      {},
      badge(row.level, row.level),
      h("span", { class: "apart" }, sentence(row.name), h("span", { class: "soft block" }, `since ${showInstant(row.since)}${row.acknowledged ? ", acknowledged" : ""}`)),
      row.acknowledged ? null : button("Acknowledge", () => act.acknowledge(account, row), "quiet", `Acknowledge ${sentence(row.name)}`),
    ),
  );
  return card("Alerts", rows.length ? h("ul", { class: "rows log", tabindex: "0", "aria-label": "Alerts" }, rows) : empty("No alert is open."));
}
