// The gateway's API, as the page's own address says where it is. The token stays in this tab's session.

const BASE = location.pathname.replace(/\/dashboard\/?$/, "");
const TOKEN = "riskgate.token";
const session = { token: sessionStorage.getItem(TOKEN) };

class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `the gateway answered ${status}`);
    this.status = status;
    this.code = problem.code || "";
    this.problem = problem;
  }
}

/** Ask for a path; returns {status, body, etag}. Throws ApiError; TypeError where the gateway cannot be reached. */
async function ask(method, path, { body, totp, etag } = {}) {
  const headers = { Authorization: `Bearer ${session.token}`, Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (totp) headers["X-TOTP"] = totp;
  if (etag) headers["If-None-Match"] = etag;
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(BASE + path, { method, headers, body: sent, cache: "no-store", credentials: "omit" });
  if (answer.status === 304) return { status: 304, body: null, etag };
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, found);
  return { status: answer.status, body: found, etag: answer.headers.get("ETag") };
}

const read = async (path) => (await ask("GET", path)).body;
const accountPath = (account, rest = "") => `/accounts/${encodeURIComponent(account)}${rest}`;

/** Remember the token while this tab lives. */
function signIn(token) {
  session.token = token;
  sessionStorage.setItem(TOKEN, token);
}

function signOut() {
  session.token = null;
  sessionStorage.removeItem(TOKEN);
}
