"""What survives a process: records in SQL and bytes in object storage; never HTTP, queues or pixels."""
