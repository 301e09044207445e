"""The upload client: pictures found, planned into batches, sent once, waited for, fetched and checked.

Stands alone: a bare Python with requests and rich. Never imports the service and never reads the environment.
"""
