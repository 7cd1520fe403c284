"""Topologies as Metaflow flows: generated, run by hand or by a worker, compiled for Argo and Step Functions.

Metaflow is an extra. It is imported by nothing in here but what runs within a flow.
"""
