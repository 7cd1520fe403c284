"""Chaos: real processes under load, hurt on purpose, and then asked whether every promise was kept."""
