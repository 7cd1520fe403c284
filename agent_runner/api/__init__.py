"""The HTTP API: it writes rows, reads rows and serves events. It executes nothing."""
