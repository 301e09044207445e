"""Takes an object out of a photograph: where it left traces, and what stands there instead."""
