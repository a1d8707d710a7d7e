"""Simulated exchange on the loopback interface: Binance's Spot and USD-M futures protocol, or Bybit's.

It matches orders by price-time priority against other users' orders and a synthetic book that
follows a replayed price path. Control routes make accounts, move time and prices, and inject
faults, so that delivery of orders can be tested against a venue that really loses answers.
"""
