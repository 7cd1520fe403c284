"""Durable execution of AI-agent runs."""

__version__ = "0.1.0"
