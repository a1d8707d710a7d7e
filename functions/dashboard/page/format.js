"use strict";
// How figures are written. Amounts arrive as decimal strings and are grouped as text: none goes through a float.

const number = (digits, least = 0) =>
  new Intl.NumberFormat("en", { maximumFractionDigits: digits, minimumFractionDigits: least, useGrouping: true });
const MONEY = number(2, 2);
const FIGURE = number(8);
const PERCENT = number(2, 2);
const SIGNED = new Intl.NumberFormat("en", { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" });
const NONE = "–";

const isKnown = (value) => value !== null && value !== undefined && value !== "";
const minus = (text) => text.replace("-", "\u2212");
const showMoney = (value) => (isKnown(value) ? minus(MONEY.format(value)) : NONE);
const showSigned = (value) => (isKnown(value) ? minus(SIGNED.format(value)) : NONE);
const showFigure = (value) => (isKnown(value) ? minus(FIGURE.format(value)) : NONE);
/** A price with as many decimals as its size asks for; the amount itself is the element's title. */
const showPrice = (value) => (isKnown(value) ? minus(number(Math.abs(value) >= 1000 ? 2 : Math.abs(value) >= 1 ? 4 : 8).format(value)) : NONE);
const showPercent = (value) => (isKnown(value) ? `${minus(PERCENT.format(Number(value) * 100))} %` : NONE);

/** A limit's figure in the unit that the gateway gave it. */
function showInUnit(value, unit) {
  if (!isKnown(value)) return NONE;
  if (unit === "fraction") return showPercent(value);
  if (unit === "base_currency") return showMoney(value);
  return unit === "bps" ? `${showFigure(value)} bps` : `${showFigure(value)}${unit === "times" ? " ×" : ""}`;
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** An instant in UTC; another day than today is named. */
function showInstant(text) {
  if (!isKnown(text)) return NONE;
  const at = new Date(text);
  const today = new Date().toISOString().slice(0, 10) === at.toISOString().slice(0, 10);
  return today ? CLOCK.format(at) : `${DAY.format(at)} ${CLOCK.format(at).slice(0, 5)}`;
}

/** How long ago an instant was, or how far ahead it is, in its largest unit. */
function showAge(text, now = Date.now()) {
  const seconds = Math.round((now - new Date(text).getTime()) / 1000);
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([s]) => Math.abs(seconds) >= s) || [1, "s"];
  const count = Math.round(Math.abs(seconds) / size);
  return seconds < 0 ? `in ${count} ${unit}` : `${count} ${unit} ago`;
}

/** A code or an event's name as people read it. */
const words = (code) => code.toLowerCase().replaceAll("_", " ");
const sentence = (code) => words(code).replace(/^./, (letter) => letter.toUpperCase()).replace(/^Var\b/, "VaR");
/** A length of time in its largest unit. */
const showDuration = (seconds) => (seconds >= 7200 ? `${Math.round(seconds / 3600)} h` : seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`);
const signClass = (value) => (!isKnown(value) || Number(value) === 0 ? "" : Number(value) < 0 ? "loss" : "gain");
