"""What an operator can measure: one process that answers Prometheus with what SQL, the queue server and the web
processes' files say. Never holds a number of its own that a restart would lose, and never names a customer.
"""
