"""Makes the AWS calls of one function of the AWS sample, and prints on stderr what that took.

Reads {"function": "issue" | "redeem" | "redirect"} as JSON from stdin.
"""

import json
import sys
import time

function = json.load(sys.stdin)["function"]
started = time.perf_counter()

import os  # noqa: E402
import secrets  # noqa: E402

import boto3  # noqa: E402
import urllib3  # noqa: E402

urllib3.disable_warnings()
OPTIONS = {"verify": False}  # The stub's certificate is self-signed.
TABLE = "links"
KEY = {"nonce_id": "0"}
WARM_UP_CALLS = 300
WARM_CALLS = 2000

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
    assert "Item" in table.get_item(Key=KEY)


def redirect():
    assert "Item" in table.get_item(Key=KEY)
    table.delete_item(Key=KEY)


call = {"issue": issue, "redeem": redeem, "redirect": redirect}[function]
loaded = time.perf_counter()
call()
called = time.perf_counter()
for _ in range(WARM_UP_CALLS):
    call()
before = time.process_time()
for _ in range(WARM_CALLS):
    call()
measurement = {
    "loadMilliseconds": (loaded - started) * 1000,
    "firstCallMilliseconds": (called - loaded) * 1000,
    "warmCpuMicroseconds": (time.process_time() - before) * 1_000_000 / WARM_CALLS,
}
sys.stderr.write(json.dumps(measurement))
