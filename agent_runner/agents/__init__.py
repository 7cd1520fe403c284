"""The agents that do the work; each sees a RunContext and nothing else."""
