"""What runs on the child's side, before the command: standard library only, started as a file."""
