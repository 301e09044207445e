"""Everything a worker, the sweep or an operator runs; never speaks HTTP."""
