"""One file per SDK, loaded only when its provider is used: each costs a second.

Their own retries are off everywhere; they would multiply those of provider.py.
"""
