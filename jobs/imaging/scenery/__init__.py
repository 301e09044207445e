"""The craft of scenes: cut-outs stood on baked stages, by light that is mixed, blocked, mirrored and matched.

Never a queue, a database or a network, and never a network of neurons: plates and arrays in, arrays out.
"""
