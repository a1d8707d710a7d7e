// The page lives by polling: the account every two seconds, which costs nothing where nothing changed; all else less often.

const FAST_MS = 2000;
const SLOW_MS = 30000;
const STALE_MS = 10000;
const ENTRIES_MAX = 200;
const at = (id) => document.getElementById(id);
const page = { accounts: [], unreadable: [], account: null };

function say(text) {
  at("said").textContent = text;
  at("freshness").dataset.said = text;
}

function fail(text) {
  at("failure").textContent = text;
  at("failure").hidden = !text;
}

/** What is known of the account that is shown. */
const nothing = (id) => ({ id, etag: null, body: null, entries: [], after: null, risk: null, reconciliation: null, days: [], live: [], readAt: 0, slowAt: 0, failing: false });

async function readLog(shown) {
  const version = shown.body.audit_sequence;
  let after = shown.after ?? Math.max(0, version - 60);
  for (;;) {
    const found = await read(`${accountPath(shown.id, "/audit")}?after=${after}&limit=100`);
    shown.entries.push(...found.entries);
    if (found.next_after === null) break;
    after = found.next_after;
  }
  shown.after = after;
  shown.entries = shown.entries.slice(-ENTRIES_MAX);
}

const orNull = (promise) => promise.catch((error) => (error instanceof ApiError ? null : Promise.reject(error)));

async function readSlowly(shown) {
  const paths = ["/risk", "/reconciliation", "/performance?days=90"];
  const [risk, reconciliation, performance] = await Promise.all(paths.map((path) => orNull(read(accountPath(shown.id, path)))));
  shown.risk = risk;
  shown.reconciliation = reconciliation;
  shown.days = ((performance && performance.days) || []).filter((row) => isKnown(row.equity)).map((row) => [Date.parse(row.day) / 1000, Number(row.equity)]);
  shown.slowAt = Date.now();
}

let reading = Promise.resolve();
let waiting = 0;

/** Read what changed, one reading after the other; `whole` where something was just done. */
function refresh(whole = false) {
  // A slow gateway is not asked again while it answers: two readings would show an entry twice.
  if (waiting && !whole) return reading;
  waiting += 1;
  reading = reading.then(() => readShown(whole)).finally(() => (waiting -= 1));
  return reading;
}

async function readShown(whole) {
  const shown = page.account;
  if (!shown || !session.token) return;
  try {
    const answer = await ask("GET", accountPath(shown.id), { etag: whole ? null : shown.etag });
    const slow = whole || Date.now() - shown.slowAt > SLOW_MS;
    if (answer.status !== 304) {
      shown.body = answer.body;
      addPoint(shown);
      await readLog(shown);
    }
    if (slow) await readSlowly(shown);
    // Known only now: where a part of it could not be read, the next poll reads all of it again.
    shown.etag = answer.etag;
    shown.readAt = Date.now();
    if (shown.failing) fail("");
    shown.failing = false;
    if (page.account === shown && (answer.status !== 304 || slow)) show(shown);
  } catch (error) {
    shown.failing = true;
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return leave(describeFailure(error));
    fail(error instanceof ApiError ? describeFailure(error) : "The gateway cannot be reached. What is shown is old.");
  }
  tellAge();
}

function addPoint(shown) {
  const now = Date.parse(shown.body.equity_at) / 1000;
  const last = shown.live.at(-1);
  if (!last || last[0] < now) shown.live.push([now, Number(shown.body.equity)]);
  if (shown.live.length > 2000) shown.live.shift();
}

/** How old the figures are: looked at every second, so that a page which hangs says so. */
function tellAge() {
  const shown = page.account;
  if (!shown || !shown.readAt) return;
  const old = Date.now() - shown.readAt > STALE_MS;
  const text = old ? `Stale: read ${showAge(shown.readAt)}` : "Live";
  const place = at("freshness");
  if (place.textContent !== text) place.textContent = text;
  place.className = `freshness ${old ? "stale" : "live"}`;
}

function pointsOf(shown) {
  const before = shown.live.length ? shown.live[0][0] : Infinity;
  return [...shown.days.filter(([when]) => when < before), ...shown.live];
}

const nameOf = (element) => (at("view").contains(element) ? element.getAttribute("aria-label") || element.textContent : "");

function show(shown) {
  const start = performance.now();
  const body = shown.body;
  const open = [...document.querySelectorAll(".scroll, .log")].map((element) => [element.getAttribute("aria-label"), element.scrollTop]);
  const points = pointsOf(shown);
  const focused = nameOf(document.activeElement);
  cards = 0;
  at("view").replaceChildren(
    ...[accountHead(body, ACTIONS), accountNotices(body, shown.reconciliation), accountTiles(body)].filter(Boolean),
    h(
      "div",
      { class: "grid" },
      lossBars(body),
      equityCard(points),
      limitsCard(body, ACTIONS),
      positionsCard(body, ACTIONS),
      ordersCard(body),
      logCard(shown.entries),
      alertsCard(body, ACTIONS),
    ),
    h(
      "div",
      { class: "columns" },
      riskCard(shown.risk),
      safeguardsCard(body, ACTIONS),
      h("div", { class: "stack" }, reconciliationCard(body, shown.reconciliation, ACTIONS), venuesCard(body)),
    ),
  );
  drawEquity(at("chart"), points);
  for (const [label, top] of open) {
    const element = [...document.querySelectorAll(".scroll, .log")].find((one) => one.getAttribute("aria-label") === label);
    if (element) element.scrollTop = top;
  }
  // Whoever works with the keyboard stays where they were.
  const again = focused && [...at("view").querySelectorAll("button, [tabindex]")].find((one) => nameOf(one) === focused);
  if (again) again.focus({ preventScroll: true });
  document.title = `${body.account_id}: ${body.trading_state} · Risk gateway`;
  // Laid out and painted: what a slow page would be looked up by.
  requestAnimationFrame(() => setTimeout(() => performance.measure("draw", { start })));
}

function showNames() {
  const link = (id) => h("a", { href: `#/accounts/${encodeURIComponent(id)}`, "aria-current": page.account && page.account.id === id ? "page" : null }, id);
  const all = page.accounts.length > 1 ? [h("a", { href: "#/", "aria-current": page.account ? null : "page" }, "All accounts")] : [];
  at("accounts").replaceChildren(...all, ...page.accounts.slice(0, 8).map((row) => link(row.account_id)));
}

const today = (row) => row.pnl.find((period) => period.period === "day") || {};
const isStopped = (row) => row.trading_state !== "ACTIVE" || row.kill_switches.length > 0;

/** All accounts in one table, the worst first; an account that cannot be read is named. */
function showAll() {
  page.accounts.sort((a, b) => isStopped(b) - isStopped(a) || LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const columns = [
    ["Account", (row) => h("a", { href: `#/accounts/${encodeURIComponent(row.account_id)}` }, row.account_id)],
    ["State", (row) => badge(row.trading_state, (STATES[row.trading_state] || ["red"])[0])],
    ["Equity", (row) => `${showMoney(row.equity)} ${row.base_currency}`, "figure"],
    ["Today", (row) => h("span", { class: signClass(today(row).total) }, showSigned(today(row).total)), "figure"],
    ["Daily loss", (row) => showPercent(row.losses.day), "figure"],
    ["Drawdown", (row) => showPercent(row.losses.peak), "figure"],
    ["Gross", (row) => showMoney(row.gross), "figure"],
    ["Risk to stops", (row) => showMoney(row.open_risk), "figure"],
    ["Limits", (row) => badge(row.level === "none" ? "within" : row.level, row.level === "none" ? "ok" : row.level)],
    ["Stopped by", (row) => [...row.breakers, ...row.kill_switches.map((scope) => `kill switch ${scope}`)].map(words).join(", ") || NONE],
    ["As of", (row) => showAge(row.equity_at), "figure"],
  ];
  const broken = page.unreadable.map((id) => h("p", { class: "notice red" }, `${id} cannot be read: it denies every order`));
  at("view").replaceChildren(...broken, h("div", { class: "grid" }, card("All accounts", table("All accounts", columns, page.accounts), { wide: "full", note: `${page.accounts.length}` })));
  document.title = "All accounts · Risk gateway";
}

async function readAccounts() {
  const rows = [];
  const unreadable = [];
  for (let after = ""; after !== null; ) {
    const found = await read(`/accounts${after && `?after=${encodeURIComponent(after)}`}`);
    rows.push(...found.accounts);
    unreadable.push(...found.unreadable);
    after = found.next_after;
  }
  page.accounts = rows;
  page.unreadable = unreadable;
}

const namedAccount = () => decodeURIComponent((location.hash.match(/^#\/accounts\/(.+)$/) || [])[1] || "");

async function open() {
  const named = namedAccount();
  const only = page.accounts.length === 1 ? page.accounts[0].account_id : "";
  const id = named || only;
  page.account = id ? nothing(id) : null;
  at("view").replaceChildren();
  showNames();
  if (id) await refresh(true);
  else showAll();
}

function leave(text) {
  signOut();
  page.account = null;
  page.accounts = [];
  at("view").replaceChildren();
  at("accounts").replaceChildren();
  at("freshness").textContent = "";
  at("sign-in").hidden = false;
  at("sign-out").hidden = true;
  document.title = "Risk gateway";
  fail(text);
}

async function enter(account) {
  try {
    await readAccounts();
  } catch (error) {
    if (!account || !(error instanceof ApiError) || error.status === 401) return leave(describeFailure(error));
    page.accounts = [{ account_id: account }];
  }
  at("sign-in").hidden = true;
  at("sign-out").hidden = false;
  fail("");
  if (account) location.hash = `#/accounts/${encodeURIComponent(account)}`;
  await open();
}

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(at("token").value.trim());
  at("token").value = "";
  enter(at("account").value.trim());
});
at("sign-out").addEventListener("click", () => leave(""));
addEventListener("hashchange", () => session.token && open());
addEventListener("resize", () => page.account && page.account.body && drawEquity(at("chart"), pointsOf(page.account)));
setInterval(() => !document.hidden && page.account && refresh(), FAST_MS);
setInterval(() => !document.hidden && !page.account && session.token && readAccounts().then(showAll).catch((error) => fail(describeFailure(error))), SLOW_MS);
setInterval(tellAge, 1000);
if (session.token) enter(namedAccount());
