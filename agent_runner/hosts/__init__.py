"""Programs in environments of their own: how they are described, installed, started, and spoken to."""
