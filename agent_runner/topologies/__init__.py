"""How agents cooperate: one small file for each pattern, over `topologies/scene.py`, whatever runner schedules them."""
