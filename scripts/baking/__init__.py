"""The baking of scenes: stages and mock-up objects are modelled, lit and rendered here, once, into `jobs/plates`.

A workshop tool with a Python of its own (bpy). The service reads the plates alone and never imports this package.
"""
