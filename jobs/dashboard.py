"""rq-dashboard as its own process: loopback only, always behind a password, deletion hidden.

Never mounted into the public service: it has no login and no CSRF protection of its own.
"""

import os
import sys

from config import Settings


def main() -> None:
    """Replace this process by rq-dashboard's own command; the password travels in the environment."""
    settings = Settings.from_env()
    if not settings.dashboard_password:
        sys.exit("DASHBOARD_PASSWORD is not set")
    environ = {
        **os.environ,
        "RQ_DASHBOARD_REDIS_URL": settings.redis_url,
        "RQ_DASHBOARD_USERNAME": settings.dashboard_user,
        "RQ_DASHBOARD_PASSWORD": settings.dashboard_password,
    }
    command = ("-m", "rq_dashboard", "--json", "--disable-delete", "--bind", "127.0.0.1")
    os.execve(sys.executable, [sys.executable, *command, "--port", str(settings.dashboard_port)], environ)


if __name__ == "__main__":
    main()
