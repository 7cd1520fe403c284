"""The agent of a host: a program in an environment of its own does the work, and asks the worker for all it needs."""
