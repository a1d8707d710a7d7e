// A bot on ccxt: what any of them does in a day, as a report in JSON.
import ccxt from "ccxt";
import { connectSpot, connectSwap } from "./ccxt_js.mjs";

const { key, secret, gateway, publicUrls, market, quantity, tooMuch } = JSON.parse(process.argv[2]);
const symbol = market === "swap" ? "BTC/USDT:USDT" : "BTC/USDT";
const exchange = (market === "swap" ? connectSwap : connectSpot)(key, secret, gateway);
Object.assign(exchange.urls.api, publicUrls);

async function held() {
  if (market === "spot") return (await exchange.fetchBalance()).total.BTC ?? 0;
  return (await exchange.fetchPositions([symbol])).reduce((sum, row) => sum + row.contracts, 0);
}

await exchange.loadMarkets();
const price = (await exchange.fetchTicker(symbol)).last;
const low = exchange.priceToPrecision(symbol, price * 0.97);
const rested = await exchange.createOrder(symbol, "limit", "buy", quantity, low);
const listed = (await exchange.fetchOpenOrders(symbol)).map((order) => order.id);
const resting = await exchange.fetchOrder(rested.id, symbol);
await exchange.cancelOrder(rested.id, symbol);
const cancelled = await exchange.fetchOrder(rested.id, symbol);
let bought = await exchange.createOrder(symbol, "market", "buy", quantity);
if (bought.status !== "closed") bought = await exchange.fetchOrder(bought.id, symbol);
const holding = await held();
const traded = (await exchange.fetchMyTrades(symbol)).map((trade) => trade.order);
let refused = null;
try {
  await exchange.createOrder(symbol, "limit", "buy", tooMuch, low);
} catch (error) {
  if (!(error instanceof ccxt.BaseError)) throw error;
  refused = [error.constructor.name, error.message];
}
const exit = market === "swap" ? { reduceOnly: true } : {};
const step = exchange.amountToPrecision(symbol, holding);
const sold = await exchange.createOrder(symbol, "market", "sell", step, undefined, exit);
const report = {
  rested: [listed.includes(rested.id), resting.status, cancelled.status],
  bought: [bought.status, bought.filled, traded.includes(bought.id)],
  held: holding,
  refused,
  sold: (await exchange.fetchOrder(sold.id, symbol)).status,
  left: await held(),
};
process.stdout.write(JSON.stringify(report));
