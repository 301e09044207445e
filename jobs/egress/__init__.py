"""Everything that leaves the house over HTTP: which addresses and URLs may be asked, and the one client that asks them.

Never runs in the web process, never reads the environment, never follows a redirect that it has not judged again.
"""
