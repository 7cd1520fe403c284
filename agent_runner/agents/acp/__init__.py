"""Coding agents of others, spoken to as an editor does: by the Agent Client Protocol, over their stdin and stdout."""
