"""What the service costs, against the plainest way to do the same (`scripts/bench`). Never part of the product."""

# What is asked for on the command line -> the module that measures it, in the order of the table.
BENCHES = {
    "submit": "submit",
    "intake": "intake",
    "queue": "queue",
    "print": "print_set",
    "zip": "archive",
    "cutouts": "cutouts",
    "upscale": "upscale",
    "studio": "studio",
}
