"""Keeps the whole service running from one command: start in order, restart what dies, drain and stop everything.

Never does work of its own and knows no dialect.
"""
