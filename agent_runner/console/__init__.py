"""The server of the web console: its files, and the way to the API, on one port and so without CORS."""
