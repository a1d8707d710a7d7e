"""Sealed heads: objects of a bucket that keeps each for good, with a MAC by a key that only its writer uses.

``heads/<account>/<place>.json`` holds the head and the MAC over its canonical JSON. The place counts down, so that the
newest of a chain is the first that S3 lists.
"""

from base64 import b64decode, b64encode
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.outcomes import say
from riskgate.core.errors import StateCorrupt, Transient
from riskgate.core.ledger.seal import SealedHead
from riskgate.schemas.codec import DecodeError, decode, encode

ALGORITHM = "HMAC_SHA_256"
#: More entries than a chain will ever have.
PLACES = 10**12
_INVALID = frozenset({"KMSInvalidMacException"})


class SealedHeads:
    """Write and read sealed heads; who has no right to make MACs can only read and verify."""

    def __init__(self, *, s3: Any, kms: Any, bucket: str, key_id: str) -> None:
        self._s3, self._kms, self._bucket, self._key_id = s3, kms, bucket, key_id
        self._objects = S3Objects(s3, bucket)
        # Of each chain what this process sealed or verified last: the same bytes need no key to be believed again.
        self._proven: dict[str, bytes] = {}

    def put(self, head: SealedHead) -> None:
        """Seal a head; one that is sealed already stays. Raises Transient: sealing it again is safe."""
        text = encode(head)
        try:
            mac = self._kms.generate_mac(KeyId=self._key_id, MacAlgorithm=ALGORITHM, Message=text)["Mac"]
        except (ClientError, BotoCoreError) as error:
            raise _unavailable("the key", error) from error
        sealed = {"head": text.decode(), "mac": b64encode(mac).decode()}
        data = encode(sealed)
        self._objects.put(_key(head), data, content_type="application/json")
        self._proven[head.account_id] = data

    def read_newest(self, account_id: str) -> SealedHead | None:
        """Return the newest sealed head of a chain, None where it has none.

        Raises StateCorrupt: code SEAL_INVALID, it was not made with the key; Transient: it cannot be read now.
        """
        try:
            listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix=f"heads/{account_id}/", MaxKeys=1)
        except (ClientError, BotoCoreError) as error:
            raise _unavailable("the bucket", error) from error
        for item in listed.get("Contents", []):
            data = self._objects.get(item["Key"])
            if data is not None:
                return self._open(item["Key"], data, account_id)
        return None

    def _open(self, key: str, data: bytes, account_id: str) -> SealedHead:
        try:
            sealed = decode(data, dict[str, str])
            text, mac = sealed["head"].encode(), b64decode(sealed["mac"], validate=True)
            head = decode(text, SealedHead)
        except (DecodeError, KeyError, ValueError) as error:
            raise _invalid() from error
        if self._proven.get(account_id) != data:
            self._verify(text, mac)
        if head.account_id != account_id or _key(head) != key:
            raise _invalid()
        self._proven[account_id] = data
        return head

    def _verify(self, text: bytes, mac: bytes) -> None:
        try:
            self._kms.verify_mac(KeyId=self._key_id, MacAlgorithm=ALGORITHM, Message=text, Mac=mac)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _INVALID:
                raise _invalid() from error
            raise _unavailable("the key", error) from error


def _key(head: SealedHead) -> str:
    return f"heads/{head.account_id}/{PLACES - head.sequence:012d}.json"


def _invalid() -> StateCorrupt:
    return StateCorrupt("a sealed head was not made by the audit seal", code="SEAL_INVALID")


def _unavailable(what: str, error: Exception) -> Transient:
    return Transient(f"{what} of the audit seal did not answer: {say(error)}", code="UNAVAILABLE")
