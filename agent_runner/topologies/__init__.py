"""How agents cooperate: one small file for each pattern, over `topologies/cast.py`, whatever runner schedules them."""
