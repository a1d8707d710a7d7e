// Open orders, and how our books stand against the venues'.

const showFees = (fees) => Object.entries(fees).map(([currency, amount]) => `${showFigure(amount)} ${currency}`).join(", ") || NONE;

const ORDER_COLUMNS = [
  ["Order", (row) => [h("strong", {}, `${sentence(row.side)} ${row.symbol}`), h("span", { class: "soft block" }, `${row.client_order_id} · ${row.strategy || "–"}`), row.exchange_order_id && h("span", { class: "soft block" }, `${row.venue} ${row.exchange_order_id}`)]],
  ["Type", (row) => row.type.replaceAll("_", " ")],
  ["Quantity", (row) => showFigure(row.quantity), "figure"],
  ["Price", (row) => showFigure(row.price ?? row.stop_price), "figure"],
  ["Filled", (row) => [showFigure(row.filled_quantity), isKnown(row.average_fill_price) && h("span", { class: "soft block" }, `at ${showPrice(row.average_fill_price)}`)], "figure"],
  ["Fees", (row) => showFees(row.fees), "figure"],
  ["Reserved", (row) => showMoney(row.reserved.notional), "figure"],
  ["Status", (row) => [badge(words(row.status), row.status === "unknown" ? "red" : ""), h("span", { class: "soft block" }, showAge(row.approved_at))]],
];

function ordersCard(account) {
  const rows = account.open_orders;
  const open = rows.length ? table("Open orders", ORDER_COLUMNS, rows) : empty("No order is open.");
  const body = [open, rejectedList(account.rejected_orders)];
  return card("Open orders", body, { wide: "full", note: rows.length ? `${rows.length}` : "" });
}

/** The latest orders that their venues refused, with the venue's word. */
function rejectedList(orders) {
  if (!orders.length) return null;
  const rows = orders.map((row) =>
    h(
      "li",
      {},
      badge("rejected", "red"),
      ` ${sentence(row.side)} ${showFigure(row.quantity)} ${row.symbol}${isKnown(row.price) ? ` at ${showFigure(row.price)}` : ""}`,
      h("span", { class: "soft right" }, showAge(row.at)),
      h("span", { class: "soft block" }, `${row.reason || "no reason given"} · ${row.client_order_id}`),
    ),
  );
  return [h("h3", {}, "Refused by their venues"), h("ul", { class: "rows" }, rows)];
}

/** Differences between our books and a venue's, and when they were last compared. */
function reconciliationCard(account, reconciliation, act) {
  if (!reconciliation) return card("Reconciliation", empty("Not read yet."));
  const run = reconciliation.last_run;
  const when = run ? `${showAge(run.at)}, ${run.complete ? "complete" : "incomplete"}` : "never ran";
  const rows = reconciliation.open.map((row) =>
    h(
      "li",
      {},
      badge(words(row.kind), row.severity),
      ` ${row.subject}`,
      h("span", { class: "figure right" }, showMoney(row.money)),
      h("span", { class: "soft block" }, `${row.venue}: ${row.action}`),
      button("Resolve…", () => act.resolve(account, row), "quiet", `Resolve ${row.subject}`),
    ),
  );
  return card("Reconciliation", rows.length ? h("ul", { class: "rows" }, rows) : empty("The books agree."), { note: when });
}
