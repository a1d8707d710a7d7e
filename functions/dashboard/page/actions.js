// What a person can do: each asks what it will do, why, and for a one-time code.

const dialog = document.getElementById("dialog");

const field = (name, label, attributes = {}, note = "") => [
  h("label", { for: `field-${name}` }, label, note && h("span", { class: "soft" }, ` ${note}`)),
  h("input", { id: `field-${name}`, name, autocomplete: "off", ...attributes }),
];
const check = (name, label, checked = false) =>
  h("label", { class: "check" }, h("input", { type: "checkbox", name, checked }), ` ${label}`);
const select = (name, label, options) => [
  h("label", { for: `field-${name}` }, label),
  h("select", { id: `field-${name}`, name }, options.map(([value, text]) => h("option", { value }, text))),
];
const reason = () => field("reason", "Reason", { required: true, maxlength: 256 }, "(goes into the audit log)");
const code = (needed = true) =>
  field("totp", "One-time code", { required: needed, pattern: "[0-9]{6}", inputmode: "numeric", maxlength: 6, placeholder: "123456" }, needed ? "" : "(only to loosen)");

/** Ask for confirmation, send, and stay open with the gateway's words where it refuses. */
function confirm({ title, text, body, verb, kind, send, done }) {
  const failure = h("p", { class: "notice red", role: "alert", hidden: true });
  const submit = h("button", { class: kind }, verb);
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: "dialog-title" }, title),
    h("p", {}, text),
    body,
    failure,
    h("div", { class: "actions" }, button("Cancel", () => dialog.close()), submit),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    failure.hidden = true;
    try {
      const answer = await send(new FormData(form));
      dialog.close();
      say(done(answer));
      await refresh(true);
    } catch (error) {
      failure.textContent = describeFailure(error);
      failure.hidden = false;
    } finally {
      submit.disabled = false;
    }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

/** An error in words for whoever pressed the button: the code first, as the documents list it. */
function describeFailure(error) {
  if (!(error instanceof ApiError)) return "The gateway cannot be reached. Nothing is known of the outcome: look before you repeat it.";
  const faults = (error.problem.errors || []).map((fault) => `${fault.field}: ${fault.message}`).join("; ");
  return `${error.code || error.status}: ${faults || error.message}`;
}

const send = (method, path, form, body) => ask(method, path, { body, totp: form.get("totp") || undefined }).then((answer) => answer.body);
const uuid = () => crypto.randomUUID().replaceAll("-", "");

function openKillSwitch(account) {
  const scopes = [["account", `this account (${account.account_id})`], ["global", "everything"], ["venue", "one venue"], ["strategy", "one strategy"], ["symbol", "one symbol"]];
  confirm({
    title: "Kill switch",
    text: "Engaged, nothing it covers is approved any more, from the answer on. Exits by an operator still pass.",
    body: [
      select("engaged", "Do", [["true", "Engage: stop"], ["false", "Release: let trade again"]]),
      select("scope", "What", scopes),
      field("key", "Name", { maxlength: 64 }, "(of the venue, strategy or symbol)"),
      check("cancel_open_orders", "Also cancel the open orders it covers", true),
      reason(),
      code(),
    ],
    verb: "Set the switch",
    kind: "danger",
    send: (form) => {
      const [scope, engaged] = [form.get("scope"), form.get("engaged") === "true"];
      const key = scope === "account" ? account.account_id : form.get("key");
      const body = { scope, engaged, reason: form.get("reason"), cancel_open_orders: engaged && form.has("cancel_open_orders") };
      return send("PUT", "/kill-switch", form, scope === "global" ? body : { ...body, key });
    },
    done: (answer) => `Kill switch ${answer.engaged ? "engaged" : "released"}: ${answer.scope}${answer.key ? ` ${answer.key}` : ""}`,
  });
}

function openExit(account, position) {
  const what = position ? `${position.symbol} at ${position.venue}` : "every position";
  const exitId = `page-${uuid()}`;
  confirm({
    title: `Exit ${what}`,
    text: "Sends reduce-only market orders. They pass kill switches and breakers.",
    body: [
      position ? field("fraction", "Part to close", { required: true, value: "1", inputmode: "decimal", pattern: "0?\\.\\d+|1(\\.0*)?" }, "(1 is all)") : null,
      check("cancel_open_orders", "Cancel open orders first", !position),
      check("stop_entries", "Stop entries until an operator resets it", !position),
      reason(),
      code(),
    ],
    verb: "Exit",
    kind: "danger",
    send: (form) => {
      const named = position ? { scope: "position", venue: position.venue, symbol: position.symbol, fraction: form.get("fraction") } : { scope: "all" };
      const flags = { cancel_open_orders: form.has("cancel_open_orders"), stop_entries: form.has("stop_entries") };
      return send("POST", accountPath(account.account_id, "/exits"), form, { exit_id: exitId, reason: form.get("reason"), ...named, ...flags });
    },
    done: (answer) => (answer.complete ? "Exit complete: everything is closed" : `Exit under way: ${answer.legs.length} orders`),
  });
}

function openReset(account, breaker) {
  confirm({
    title: `Reset ${words(breaker.name)}`,
    text: "Entries pass again. Its baseline starts anew from today's equity.",
    body: [reason(), code()],
    verb: "Reset",
    kind: "warn",
    send: (form) => send("POST", accountPath(account.account_id, `/breakers/${breaker.name}/reset`), form, { reason: form.get("reason"), ...(breaker.key ? { key: breaker.key } : {}) }),
    done: (answer) => `Reset. The account is ${answer.trading_state}`,
  });
}

function openUnlock(account, lock) {
  confirm({
    title: `Unlock ${words(lock.code)}`,
    text: "Entries pass before the lock ends by itself.",
    body: [reason(), code()],
    verb: "Unlock",
    kind: "warn",
    send: (form) => send("DELETE", `${accountPath(account.account_id, `/locks/${lock.lock_id}`)}?reason=${encodeURIComponent(form.get("reason"))}`, form),
    done: () => "Unlocked",
  });
}

function openResolve(account, row) {
  confirm({
    title: `Resolve: ${row.subject}`,
    text: `${row.action}. It reopens when the difference changes.`,
    body: [reason(), code()],
    verb: "Resolve",
    kind: "warn",
    send: (form) => send("POST", accountPath(account.account_id, `/reconciliation/${row.break_id}/resolve`), form, { reason: form.get("reason") }),
    done: () => "Resolved",
  });
}

/** What was typed as the gateway reads it: whole numbers, yes and no, nothing, and decimals as text. */
function limitValue(text) {
  if (text === "") return null;
  if (/^\d+$/.test(text)) return Number(text);
  return { true: true, false: false }[text] ?? text;
}

async function openLimits(account) {
  const { limits } = await read(accountPath(account.account_id, "/limits"));
  const names = Object.keys(limits).filter((name) => limits[name] === null || typeof limits[name] !== "object");
  const option = (name) => [name, `${name} (now ${limits[name] === null ? "off" : limits[name]})`];
  confirm({
    title: "Change a limit",
    text: "Holds from the next decision on. To loosen it takes a one-time code, to tighten it does not.",
    body: [select("name", "Limit", names.sort().map(option)), field("value", "New value", { maxlength: 32 }, "(left empty: switched off)"), code(false)],
    verb: "Change",
    kind: "warn",
    send: (form) => send("PUT", accountPath(account.account_id, "/limits"), form, { [form.get("name")]: limitValue(form.get("value").trim()) }),
    done: (answer) => (answer.loosened.length ? `Loosened: ${answer.loosened.join(", ")}` : "Limit changed"),
  });
}

async function acknowledge(account, row) {
  try {
    await ask("POST", accountPath(account.account_id, `/alerts/${row.name}/acknowledge`));
    say(`Acknowledged: ${sentence(row.name)}`);
    await refresh(true);
  } catch (error) {
    fail(describeFailure(error));
  }
}

const ACTIONS = { kill: openKillSwitch, exit: openExit, reset: openReset, unlock: openUnlock, resolve: openResolve, limits: openLimits, acknowledge };
