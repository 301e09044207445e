"""Contact sheets: what an action makes of real products, all options side by side, for a critical eye.

A tool of the workshop; the service never imports it. One module per action with `sections(products) -> [Section]`.
"""
