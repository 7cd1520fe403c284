"""Entry points of processes: here everything is put together."""
