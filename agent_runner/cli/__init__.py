"""The command line. Client commands need no server code, and every command imports what it needs when it runs."""
