// The account itself: its state in one look, profit and loss, limits, positions, venues, what holds it back.

const STATES = {
  ACTIVE: ["ok", "Trades: entries and exits pass"],
  REDUCING: ["orange", "Reducing: only exits and cancels pass"],
  HALTED: ["red", "Halted: nothing but cancels passes"],
};
const LEVELS = ["none", "yellow", "orange", "red"];
const limitOf = (account, name) => account.limits.find((row) => row.name === name);

/** The head of the page: who, in which state, and what a person can do about it. */
function accountHead(account, act) {
  const [level, meaning] = STATES[account.trading_state] || ["red", account.trading_state];
  return h(
    "section",
    { class: "head", "aria-label": "Account" },
    h("div", {}, h("h2", {}, account.account_id), h("p", {}, badge(account.trading_state, level), " ", meaning)),
    h(
      "div",
      { class: "actions" },
      button("Exit all…", () => act.exit(account), "warn"),
      button("Kill switch…", () => act.kill(account), "danger"),
    ),
  );
}

/** What needs a person now, the worst first: switches, breakers, venues, readings. */
function accountNotices(account, reconciliation) {
  const engaged = account.kill_switches.filter((flag) => flag.engaged);
  const unhealthy = account.venues.filter((venue) => venue.health === "unhealthy");
  const breaks = (reconciliation ? reconciliation.open : []).filter((row) => row.severity === "red");
  const notices = [
    ...engaged.map((flag) => ["red", `Kill switch engaged: ${flag.scope}${flag.key ? ` ${flag.key}` : ""}. ${flag.reason}`]),
    ...account.left_to_cancel.map((order) => ["red", `Cancel order ${order} at its venue: the gateway did not place it`]),
    ...unhealthy.map((venue) => ["red", `${venue.venue} is unhealthy: ${venue.health_detail || "it does not answer"}`]),
    ...breaks.map((row) => ["red", `${row.subject} at ${row.venue} differs from our books: ${row.action}`]),
    ...account.unpriced_assets.map((asset) => ["orange", `${asset} has no price and is not part of equity`]),
  ];
  return notices.length ? h("ul", { class: "notices" }, notices.map(([level, text]) => h("li", { class: `notice ${level}` }, text))) : null;
}

function tile(title, value, note = "", kind = "") {
  return h("div", { class: "tile" }, h("dt", {}, title), h("dd", { class: kind }, value), note && h("dd", { class: "soft" }, note));
}

/** The headline figures. */
function accountTiles(account) {
  const pnl = Object.fromEntries(account.pnl.map((row) => [row.period, row]));
  const profit = (title, period) => {
    const figure = pnl[period];
    if (!figure) return null;
    const parts = [["realised", figure.realized], ["open", figure.unrealized], ["fees", figure.fees && `-${figure.fees}`], ["funding", figure.funding]];
    const note = parts.filter(([, value]) => Number(value)).map(([name, value]) => `${name} ${showSigned(value.replace("--", ""))}`);
    return tile(title, showSigned(figure.total), note.map((text) => h("span", { class: "block" }, text)), signClass(figure.total));
  };
  return h(
    "dl",
    { class: "tiles" },
    tile("Equity", showMoney(account.equity), `${account.base_currency}, ${showAge(account.equity_at)}`, "big"),
    profit("Today", "day"),
    profit("This week", "week"),
    profit("This month", "month"),
    profit("Since start", "start"),
    tile("Drawdown", showPercent(account.losses.peak), `from ${showMoney(account.peak_equity)}`),
    tile("Gross exposure", showMoney(account.exposure.gross), `net ${showMoney(account.exposure.net)}`),
    tile("Risk to stops", showMoney(account.exposure.open_risk), `${account.exposure.open_positions} open`),
  );
}

const BARS = ["daily_loss_fraction_max", "weekly_drawdown_fraction_max", "drawdown_fraction_max"];
const BAR_TITLES = ["Daily loss", "Weekly drawdown", "Maximal drawdown"];

/** The three losses that stop trading, as wide bars. */
function lossBars(account) {
  const rows = BARS.map((name, index) => {
    const row = limitOf(account, name);
    if (!row) return null;
    const text = row.limit === null ? "not limited" : `${showPercent(row.value)} of ${showPercent(row.limit)}`;
    return h("div", { class: "loss-bar" }, h("span", {}, BAR_TITLES[index]), bar(BAR_TITLES[index], row.utilization, row.level, text), h("span", { class: "figure" }, text));
  });
  return card("Loss limits", h("div", { class: "loss-bars" }, rows), { wide: "full" });
}

/** Every limit in force with its use, the fullest first; those switched off are named in one line. */
function limitsCard(account, act) {
  const on = account.limits.filter((row) => row.limit !== null);
  const rank = (row) => [LEVELS.indexOf(row.level), Number(row.utilization) || 0];
  on.sort((a, b) => rank(b)[0] - rank(a)[0] || rank(b)[1] - rank(a)[1]);
  const rows = on.map((row) => {
    const text = `${showInUnit(row.value, row.unit)} of ${showInUnit(row.limit, row.unit)}`;
    return h("li", {}, h("span", {}, sentence(row.code)), h("span", { class: "figure" }, text), bar(sentence(row.code), row.utilization, row.level, text));
  });
  const off = account.limits.filter((row) => row.limit === null).map((row) => words(row.code));
  const body = [h("ul", { class: "limits", tabindex: "0", "aria-label": "Limits" }, rows), off.length ? h("p", { class: "soft" }, `Switched off: ${off.join(", ")}.`) : null];
  return card("Limits", body, { action: button("Change…", () => act.limits(account)) });
}

const keeper = (row) => {
  if (!row.stop_loss_price) return badge("no stop", "orange");
  const short = row.stop_kept_by === "venue" && Number(row.stop_resting) < Math.abs(Number(row.quantity));
  const by = row.stop_kept_by ? `kept by the ${row.stop_kept_by}` : "not kept by anyone known";
  return [h("span", { title: row.stop_loss_price }, showPrice(row.stop_loss_price)), h("span", { class: "soft block" }, short ? badge("not resting in full", "red") : by)];
};

function positionColumns(account, act) {
  const liquidation = (row) => (isKnown(row.liquidation_price) ? showPrice(row.liquidation_price) : NONE);
  return [
    ["Market", (row) => [h("strong", {}, row.symbol), h("span", { class: "soft block" }, `${row.venue} · ${row.strategy || "–"}`)]],
    ["Quantity", (row) => showFigure(row.quantity), "figure"],
    ["Entry", (row) => h("span", { title: row.average_price }, showPrice(row.average_price)), "figure"],
    ["Mark", (row) => [h("span", { title: row.mark_price }, showPrice(row.mark_price)), h("span", { class: "soft block" }, showAge(row.marked_at))], "figure"],
    ["Value", (row) => showMoney(row.value), "figure"],
    ["P&L", (row) => h("span", { class: signClass(row.unrealized_pnl) }, showSigned(row.unrealized_pnl)), "figure"],
    ["Risk to stop", (row) => showMoney(row.risk_to_stop), "figure"],
    ["Stop", keeper, "figure"],
    ["Liquidation", liquidation, "figure"],
    ["Action", (row) => button("Exit…", () => act.exit(account, row), "quiet", `Exit ${row.symbol}`), "action"],
  ];
}

function positionsCard(account, act) {
  const rows = account.positions;
  const body = rows.length ? table("Positions", positionColumns(account, act), rows) : empty("Flat. Nothing is held.");
  return card("Positions", body, { wide: "full", note: rows.length ? `${rows.length}` : "" });
}

/** Breakers, locks and heartbeats: what holds entries back, and what ends it. */
function safeguardsCard(account, act) {
  const breakers = account.breakers.map((row) =>
    h(
      "li",
      {},
      badge(words(row.name), "red"),
      row.key ? ` ${row.key} ` : " ",
      h("span", {}, isKnown(row.observed) && isKnown(row.limit) ? `${showPercent(row.observed)} of ${showPercent(row.limit)}, ` : "", showAge(row.tripped_at)),
      h("span", { class: "soft block" }, row.clears_on ? `clears on ${row.clears_on}` : "stays until a person resets it", row.reason ? `: ${row.reason}` : ""),
      button("Reset…", () => act.reset(account, row), "quiet", `Reset ${words(row.name)}`),
    ),
  );
  const locks = account.locks.map((row) =>
    h(
      "li",
      {},
      badge(words(row.code), "orange"),
      ` ${row.scope}${row.key ? ` ${row.key}` : ""}`,
      h("span", { class: "soft block" }, row.reason, row.until ? `, until ${showInstant(row.until)}` : ", until a person unlocks it"),
      button("Unlock…", () => act.unlock(account, row), "quiet", `Unlock ${words(row.code)}`),
    ),
  );
  const beats = account.heartbeats.map((row) =>
    h("li", {}, badge(row.overdue ? "silent" : "alive", row.overdue ? "red" : "ok"), ` ${row.strategy}`, h("span", { class: "soft block" }, `due ${showAge(row.due_at)}, every ${showDuration(row.interval_seconds)}`)),
  );
  const rows = [...breakers, ...locks, ...beats];
  return card("Breakers, locks, heartbeats", rows.length ? h("ul", { class: "rows" }, rows) : empty("Nothing holds entries back."));
}

function venuesCard(account) {
  const shares = Object.fromEntries(account.venue_excess.map((row) => [row.venue, row]));
  const rows = account.venues.map((venue) =>
    h(
      "li",
      {},
      badge(venue.health, { healthy: "ok", unhealthy: "red" }[venue.health] || ""),
      ` ${venue.venue} `,
      h("span", { class: "soft" }, venue.market_type),
      h("span", { class: "figure right" }, showMoney(venue.equity)),
      shares[venue.venue] ? h("span", { class: "soft block" }, `holds ${showPercent(shares[venue.venue].share)} of equity: move ${showMoney(shares[venue.venue].move)}`) : null,
    ),
  );
  return card("Venues", h("ul", { class: "rows" }, rows));
}
