"""A change to a project, whoever makes it: a copy to work in, checks, a diff for a person, one commit of it."""
