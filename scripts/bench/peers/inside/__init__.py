"""What runs in the environment of a peer: one module each, `-m scripts.bench.peers.inside.NAME client|worker`."""
