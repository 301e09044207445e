"""How gunicorn runs the web app: threads, because studio requests wait for their result and uploads take their time."""

from config import Settings

settings = Settings.from_env()

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.web_workers
threads = settings.web_threads
timeout = 120
graceful_timeout = 30
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000
limit_request_line = 8190
limit_request_fields = 100
accesslog = None  # the app writes one structured line per request
forwarded_allow_ips = "127.0.0.1"
control_socket_disable = True
