"""One attempt's copy of a project: files without escapes, git without surprises, one commit at the end."""
