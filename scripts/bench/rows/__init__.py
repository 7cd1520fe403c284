"""The rows of the benchmark, one module each; `scripts/bench/table.py` lists them."""
