// Risk reports, and equity as it went.

function currency(report, isCurrent) {
  if (!report) return badge("no report yet", "");
  if (report.status === "no_positions") return badge("no positions", "");
  if (report.status !== "ok") return badge(words(report.status), "orange");
  return isCurrent ? badge("current", "ok") : badge("too old", "red");
}

/** VaR with expected shortfall, and the worst scenarios. */
function riskCard(risk) {
  if (!risk) return card("Value at risk and stress", empty("Not read yet."));
  const figures = (risk.var ? risk.var.figures : []).filter((row) => row.horizon_days === 1 && row.method.startsWith("historical"));
  const scenarios = (risk.stress ? [...risk.stress.scenarios] : []).filter((row) => isKnown(row.pnl));
  scenarios.sort((a, b) => Number(a.pnl) - Number(b.pnl));
  const varRow = (row) =>
    h("li", {}, `VaR ${Number(row.confidence) * 100} %, one day`, h("span", { class: "figure right" }, showMoney(row.var)), h("span", { class: "soft block" }, isKnown(row.es) ? `expected shortfall ${showMoney(row.es)}` : row.reason));
  const scenarioRow = (row) => h("li", {}, sentence(row.name), h("span", { class: `figure right ${signClass(row.pnl)}` }, showSigned(row.pnl)));
  return card("Value at risk and stress", [
    h("p", {}, "VaR ", currency(risk.var, risk.var_is_current), risk.var ? h("span", { class: "soft" }, ` ${showAge(risk.var.as_of)}`) : null),
    h("ul", { class: "rows" }, figures.map(varRow)),
    h("p", {}, "Stress ", currency(risk.stress, risk.stress_is_current), risk.stress ? h("span", { class: "soft" }, ` ${showAge(risk.stress.as_of)}`) : null),
    h("ul", { class: "rows" }, scenarios.slice(0, 5).map(scenarioRow)),
  ]);
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Points of (unix seconds, equity) as equity and the drawdown from its running peak. */
function withDrawdown(points) {
  let peak = 0;
  const drawdowns = points.map(([, equity]) => {
    peak = Math.max(peak, equity);
    return peak > 0 ? (equity / peak - 1) * 100 : null;
  });
  return [points.map(([at]) => at), points.map(([, equity]) => equity), drawdowns];
}

/** Days below the chart; within one day, the time. */
const dates = (plot, values) => values.map((at) => (plot.scales.x.max - plot.scales.x.min > 172800 ? DAY : CLOCK).format(at * 1000));

let chart = null;

/** Draw equity over drawdown into an element; a line needs two points. */
function drawEquity(element, points) {
  if (chart) chart.destroy();
  chart = null;
  element.replaceChildren();
  if (points.length < 2) {
    element.append(empty("One day is known so far: the line begins with the second."));
    return;
  }
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const percent = (_, values) => values.map((value) => `${value}%`.replace("-", "\u2212"));
  chart = new uPlot(
    {
      width: element.clientWidth,
      height: Math.max(260, Math.min(390, element.clientWidth / 2.3)),
      legend: { show: false },
      cursor: { y: false },
      scales: { x: { time: true }, drawdown: { range: (_, low) => [Math.min(low * 3, -1), 0] } },
      series: [
        {},
        { label: "Equity", stroke: colour("--accent"), width: 2, fill: `${colour("--accent")}14`, points: { show: points.length < 10 } },
        { label: "Drawdown", scale: "drawdown", stroke: colour("--loss"), width: 1, fill: `${colour("--loss")}22`, points: { show: false } },
      ],
      axes: [{ ...axis, values: dates }, { ...axis, size: 76, values: (_, values) => values.map((value) => MONEY.format(value).replace(/\.00$/, "")) }, { ...axis, scale: "drawdown", side: 1, grid: { show: false }, values: percent }],
    },
    withDrawdown(points),
    element,
  );
}

/** The chart's card; what a line shows is also said in words. */
function equityCard(points) {
  const canvas = h("div", { class: "chart", id: "chart", role: "img" });
  const [first, last] = [points[0], points.at(-1)];
  const text = points.length > 1 ? `Equity from ${showMoney(String(first[1]))} to ${showMoney(String(last[1]))}` : "Equity";
  canvas.setAttribute("aria-label", `${text}, and the drawdown from its highest`);
  const legend = [h("span", { class: "key accent" }, "equity"), " ", h("span", { class: "key loss" }, "drawdown")];
  return card("Equity and drawdown", canvas, { wide: "two", note: h("span", {}, legend) });
}
