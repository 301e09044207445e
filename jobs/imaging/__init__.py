"""The craft of pictures: arrays and plain values in, arrays and bytes out; never a queue, a database or a network."""
