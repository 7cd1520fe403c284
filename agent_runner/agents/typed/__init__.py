"""Agents that are data: a role, a prompt, a model and mixins, asked once for each message."""
