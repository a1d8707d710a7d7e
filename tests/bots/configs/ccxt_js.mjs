// ccxt (JavaScript) through the risk gateway: only addresses, key and secret are changed.
import ccxt from "ccxt";

const GATEWAY = "https://GATEWAY/venues/binance";

export function connectSpot(apiKey, secret, gateway = GATEWAY) {
  const api = { private: `${gateway}/api/v3`, sapi: `${gateway}/sapi/v1` };
  return new ccxt.binance({ apiKey, secret, urls: { api } });
}

export function connectSwap(apiKey, secret, gateway = GATEWAY) {
  const api = {
    sapi: `${gateway}/sapi/v1`,
    fapiPrivate: `${gateway}/fapi/v1`,
    fapiPrivateV2: `${gateway}/fapi/v2`,
    fapiPrivateV3: `${gateway}/fapi/v3`,
  };
  return new ccxt.binanceusdm({ apiKey, secret, urls: { api } });
}
