"""The operator's command line (`scripts/admin`): accounts, keys, plans, credits, batches, webhook deliveries, the
ledger's check.

Every verb writes an audit row where it changes something, and prints a table or, with --json, one JSON document.
Never speaks HTTP and never touches pictures.
"""
