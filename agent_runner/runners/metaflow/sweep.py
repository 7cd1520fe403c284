"""Deletes Jobs of flows that are at work on Kubernetes: `python -m agent_runner.runners.metaflow.sweep SELECTOR`.

A program of its own: Metaflow reads its configuration when it is imported, and a worker imports neither.
"""

import sys
from importlib import import_module
from typing import Any


def main(selector: str) -> None:
    namespace: str = import_module("metaflow.metaflow_config").KUBERNETES_NAMESPACE
    client: Any = import_module("metaflow.plugins.kubernetes.kubernetes_client").KubernetesClient()
    jobs: Any = client.get().BatchV1Api()
    for job in jobs.list_namespaced_job(namespace, label_selector=selector).items:
        if not has_ended(job):
            jobs.delete_namespaced_job(job.metadata.name, namespace, propagation_policy="Background")


def has_ended(job: Any) -> bool:
    """What has ended stays, with its logs, until the cluster forgets it."""
    return any(each.type in {"Complete", "Failed"} and each.status == "True" for each in job.status.conditions or ())


if __name__ == "__main__":
    main(sys.argv[1])
