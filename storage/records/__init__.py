"""What is true lives here: accounts, keys, ledger, batches, images, artifacts, idempotency and the webhook outbox, in
SQLite by default and PostgreSQL by URL. Plain functions over one open transaction; never HTTP, never the queue, never
a picture's bytes."""
