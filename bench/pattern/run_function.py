"""Makes the AWS calls of a function of the serverless pattern, as the pattern makes them, and says what that took.

    python3 run_function.py issue|redeem|open CALLS
"""

import json
import sys
import time

started, cpu = time.perf_counter(), time.process_time()

import os  # noqa: E402
import secrets  # noqa: E402

import boto3  # noqa: E402
import urllib3  # noqa: E402

# The certificate of the stub is signed by nobody. All the rest of TLS is done.
urllib3.disable_warnings()
OPTIONS = {"verify": False}
TABLE = os.environ["NONCE_TABLE_NAME"]

function, calls = sys.argv[1], int(sys.argv[2])
if function == "issue":
    s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"], **OPTIONS)
    dynamodb = boto3.client("dynamodb", **OPTIONS)
else:
    table = boto3.resource("dynamodb", **OPTIONS).Table(TABLE)


def issue():
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "S3.png"}, ExpiresIn=3600)
    item = {"nonce_id": {"S": secrets.token_bytes(16).hex()}, "url": {"S": url}, "count": {"S": "0"}}
    dynamodb.put_item(TableName=TABLE, Item=item)


def redeem():
    assert "Item" in table.get_item(Key={"nonce_id": "0"})


def open_link():
    assert "Item" in table.get_item(Key={"nonce_id": "0"})
    table.delete_item(Key={"nonce_id": "0"})


call = {"issue": issue, "redeem": redeem, "open": open_link}[function]
results = {"load": (time.perf_counter() - started) * 1000, "initCpu": (time.process_time() - cpu) * 1000}
results["init"], results["loadCpu"] = results["load"], results["initCpu"]
called, cpu = time.perf_counter(), time.process_time()
call()
results["call"] = (time.perf_counter() - called) * 1000
results["callCpu"] = (time.process_time() - cpu) * 1000
if calls > 0:
    for _ in range(100):
        call()
    cpu = time.process_time()
    for _ in range(calls):
        call()
    results["warmCpuMicroseconds"] = (time.process_time() - cpu) * 1e6 / calls
sys.stderr.write(json.dumps(results))
