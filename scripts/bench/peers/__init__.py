"""Other job queues, measured as our own is. Each runs in an environment of its own; nothing of it is imported here."""
