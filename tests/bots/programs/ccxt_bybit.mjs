// ccxt's bybit as it is published, at the exchange itself: orders, pages, hedge mode, errors, as a report in JSON.
import ccxt from "ccxt";

const { key, secret, url } = JSON.parse(process.argv[2]);
const exchange = new ccxt.bybit({ apiKey: key, secret, enableRateLimit: false });
for (const section of ["spot", "futures", "v2", "public", "private"]) exchange.urls.api[section] = url;
const swap = "BTC/USDT:USDT";

async function nameOf(attempt) {
  try {
    await attempt();
  } catch (error) {
    return error.constructor.name;
  }
  return null;
}

await exchange.loadMarkets();
const rested = await exchange.createOrder(swap, "limit", "buy", 0.1, 48000, { clientOrderId: "js-1" });
await exchange.editOrder(rested.id, swap, "limit", "buy", 0.2, 48500);
const [changed] = await exchange.fetchOpenOrders(swap);
await exchange.cancelOrder(rested.id, swap);
for (let number = 0; number < 55; number += 1) {
  await exchange.createOrder(swap, "limit", "buy", 0.001, 47000 + number, { clientOrderId: `js-page-${number}` });
}
const pages = [];
for (let cursor; ; ) {
  const page = await exchange.fetchOpenOrders(swap, undefined, 50, cursor ? { cursor } : {});
  pages.push(page.length);
  if (!page.length) break;
  cursor = page.map((row) => row.info.nextPageCursor).find((text) => text);
}
await exchange.cancelAllOrders(swap);
const bought = await exchange.createOrder("BTC/USDT", "market", "buy", 0.1);
const [fill] = await exchange.fetchMyTrades("BTC/USDT");
await exchange.setPositionMode(true, swap);
await exchange.createOrder(swap, "market", "buy", 0.3, undefined, { hedged: true });
await exchange.createOrder(swap, "market", "sell", 0.2, undefined, { hedged: true });
const legs = Object.fromEntries((await exchange.fetchPositions([swap])).map((row) => [row.side, row.contracts]));
const report = {
  changed: [changed.id === rested.id, changed.clientOrderId, changed.amount, changed.price],
  pages,
  filled: [fill.order === bought.id, fill.amount, fill.fee.currency],
  legs,
  usdt: (await exchange.fetchBalance()).USDT.total,
  errors: [
    await nameOf(() => exchange.createOrder(swap, "limit", "buy", 0.1, 48000, { clientOrderId: "js-1", hedged: true })),
    await nameOf(() => exchange.createOrder(swap, "limit", "buy", 900, 48000, { hedged: true })),
    await nameOf(() => exchange.cancelOrder("1234", swap)),
  ],
};
process.stdout.write(JSON.stringify(report));
