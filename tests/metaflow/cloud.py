"""As much of AWS as Metaflow asks for, on loopback: `python -m tests.metaflow.cloud` prints how it is reached.

S3 for its datastore, Batch with a queue, a role, and Step Functions without a state machine. Ends with its input.
"""

import json
import os
import sys
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

REGION = "us-east-1"


def main() -> None:
    said = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the server tells of every request
    os.dup2(1, 2)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    variables = furnished(f"http://{host}:{port}")
    os.write(said, json.dumps(variables).encode() + b"\n")
    sys.stdin.read()
    server.stop()


def furnished(url: str) -> dict[str, str]:
    def client(service: str) -> Any:
        keys = {"aws_access_key_id": "of-a-test", "aws_secret_access_key": "of-a-test"}
        return boto3.client(service, endpoint_url=url, region_name=REGION, **keys)  # pyright: ignore[reportCallIssue, reportUnknownVariableType, reportArgumentType]

    client("s3").create_bucket(Bucket="flows")
    iam, ec2, batch = client("iam"), client("ec2"), client("batch")
    role = iam.create_role(RoleName="flows", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    profile = iam.create_instance_profile(InstanceProfileName="flows")["InstanceProfile"]["Arn"]
    machines = batch.create_compute_environment(
        computeEnvironmentName="machines",
        type="MANAGED",
        serviceRole=role,
        computeResources={
            "type": "EC2",
            "minvCpus": 0,
            "maxvCpus": 4,
            "desiredvCpus": 0,
            "instanceTypes": ["t2.small"],
            "instanceRole": profile,
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroupIds": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        },
    )
    order = [{"order": 1, "computeEnvironment": machines["computeEnvironmentArn"]}]
    batch.create_job_queue(jobQueueName="queue", state="ENABLED", priority=1, computeEnvironmentOrder=order)
    return {
        "AWS_ACCESS_KEY_ID": "of-a-test",
        "AWS_SECRET_ACCESS_KEY": "of-a-test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "METAFLOW_S3_ENDPOINT_URL": url,
        "METAFLOW_DEFAULT_DATASTORE": "s3",
        "METAFLOW_DATASTORE_SYSROOT_S3": "s3://flows/metaflow",
        "METAFLOW_BATCH_JOB_QUEUE": "queue",
        "METAFLOW_SFN_IAM_ROLE": role,
        "METAFLOW_ECS_S3_ACCESS_IAM_ROLE": role,
        "METAFLOW_SFN_DYNAMO_DB_TABLE": "flows",
    }


if __name__ == "__main__":
    main()
