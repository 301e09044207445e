"""Which neural networks the product uses, where they come from and which of them are on this machine.

Nothing here runs a network, and nothing here is needed to serve a request: a missing file disables its feature only.
"""
