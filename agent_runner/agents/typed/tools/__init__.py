"""Tools that agents can be given: some that are safe everywhere, and those of one's own."""
