"""Bithumb (API 2): GET /v1/api_keys, each request with a token (JWT) in HS256; it lists all keys of the account.

Made after Upbit's: the list, its entries and the refusals are the same, a token also says the time.
Source: apidocs.bithumb.com, «API 키 리스트 조회» (list of keys, 2026-04) and «인증 토큰 생성하기» (tokens, 2026-10).
"""

from collections.abc import Mapping
from uuid import uuid4

from keylint.exchanges import upbit
from keylint.exchanges.exchange import Answer, Credentials, Error, Request

TIME_STEP_MS = upbit.TIME_STEP_MS
USES = upbit.USES

steps = upbit.steps
read = upbit.read
server_time = upbit.server_time

_FINE = "0000"
_ADDRESS = "Method Not Allowed.(Access IP)"


def claims(key_id: str, nonce: str, now_ms: int) -> Mapping[str, object]:
    """Return what a token of a request without parameters says."""
    return {"access_key": key_id, "nonce": nonce, "timestamp": now_ms}


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request with a token of its own; the secret is used as it is written, not decoded."""
    said = claims(credentials.get("api_key") or "", str(uuid4()), now_ms)
    return upbit.bearer(method, path, credentials, said)


def error(answer: Answer) -> Error | None:
    """Return the name of a refusal as Upbit has it; the older API tells it as `{"status": "5300", "message": …}`.

    One code of the older API has two meanings, of which only the words tell the one.
    """
    data = answer.data
    status = data.get("status") if isinstance(data, dict) else None
    if not isinstance(status, str) or status == _FINE:
        return upbit.error(answer)
    words = str(data.get("message") or "")
    return Error(_ADDRESS if _ADDRESS in words else status, words)
