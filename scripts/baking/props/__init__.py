"""The small things that can stand beside a product: a function per prop in `SCENES`, id `prop-<name>`."""
