"""What makes a photograph's mood, measured, and how a new scene is given the same."""
