"""Puts a product into a photograph where another thing stood: place, light, shadow, mirror image, grain and focus.

Never removes anything and never asks a network.
"""
