"""All SQL. Callers hand a store function to `Database.read` or `Database.write`; nobody else opens a transaction."""
