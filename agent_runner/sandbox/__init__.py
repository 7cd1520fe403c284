"""Commands that nobody trusts: what they may touch, how much they may take, and that nothing of them stays."""
