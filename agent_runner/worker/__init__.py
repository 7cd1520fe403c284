"""The worker process: claims runs, drives them through their agents, and takes back those of lost workers."""
