"""Back-ups of an installation that goes on working, and their way back: the database, the objects that it names, and
the secrets without which neither can be read.

The database is copied first, the objects after it: an object is stored before a row names it and deleted only after the
row's time is over, so whatever the copied database names is still there to be copied. Never stops a process, never
copies the queue (it is planted again from the database), and never overwrites anything.
"""
