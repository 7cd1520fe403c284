"""Graphs for people: as a picture, as Mermaid, and as text for a terminal. Pure, and nothing of the server."""
