"""Lettering and layout: text is cleaned, shaped, broken, fitted, coloured and drawn; never decides what a text says."""
