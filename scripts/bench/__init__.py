"""Measures how fast agent-runner is, each figure beside the raw limit of the same run: `python -m scripts.bench`."""
