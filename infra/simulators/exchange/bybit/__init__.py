"""Bybit's v5 protocol on the matching core: one unified account, categories spot and linear.

Source: Bybit's v5 API documentation, and the answers that ccxt's `bybit` records.
"""
