"""Runners: where and how the agents of a topology are scheduled."""
