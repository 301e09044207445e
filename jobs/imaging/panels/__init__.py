"""Detail sheets: eight panels that show one product, drawn, lettered and laid out; never adds a fact about it."""
