"""`scripts/bench load`: a whole installation under mixed customers while its processes are killed, and every batch
accounted for at the end. The chaos test runs the same thing for a minute. Never measures single parts: the benches do.
"""
