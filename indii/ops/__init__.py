"""What keeps the processes alive: embedded servers, the supervisor, the front end's build.

Owns: starting, watching and stopping every process of one installation, and the `var/` folder's
bookkeeping (locks, ports, logs, builds). Standard library only, so that a supervisor stays small
and starts at once.
Must never know: rooms, settings, Reflex or SQLAlchemy. Callers pass plain values in.
"""
