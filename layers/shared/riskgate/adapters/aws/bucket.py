"""Files in a bucket: written once, with a checksum that S3 verifies."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.outcomes import code_of, say
from riskgate.core.errors import Transient

_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_EXISTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})


class S3Objects:
    """Objects of one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def get(self, key: str) -> bytes | None:
        """Return an object, None where there is none. Raises Transient: S3 did not answer."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            data: bytes = answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            if code_of(error) in _MISSING:
                return None
            raise _unavailable(error) from error
        return data

    def put(self, key: str, data: bytes, *, content_type: str, replace: bool = False) -> bool:
        """Store an object; tell whether it was stored, or one was there already and stays.

        Raises Transient: it may not have been stored; storing it again is safe.
        """
        condition = {} if replace else {"IfNoneMatch": "*"}
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ContentType=content_type,
                ChecksumAlgorithm="SHA256",
                **condition,
            )
        except (ClientError, BotoCoreError) as error:
            if code_of(error) in _EXISTS:
                return False
            raise _unavailable(error) from error
        return True


def _unavailable(error: Exception) -> Transient:
    return Transient(f"the bucket did not answer: {say(error)}", code="UNAVAILABLE")
