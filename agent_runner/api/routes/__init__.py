"""One module for each thing that the API serves."""
