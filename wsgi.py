"""The web process: `gunicorn wsgi:app`. The only import in the house that does something."""

from batch_api import create_app
from batch_api.request_log import mark_requests
from config import Settings
from jobs.job_log import open_log

settings = Settings.from_env()
open_log(settings.log_level, settings.log_format)
mark_requests()
app = create_app(settings)
