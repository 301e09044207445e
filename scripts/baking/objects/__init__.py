"""The objects that can be baked: a module per scene with `build(bench)`, or a family of them in `SCENES`."""
