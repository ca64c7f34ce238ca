"""Simulated Hyperliquid: what the public `info` call says of agent wallets; requests are signed by nobody.

Sources: github.com/hyperliquid-dex/hyperliquid-python-sdk (2026-04, recorded answers), github.com/nktkas/hyperliquid
(2026-08, shapes), ccxt 4.5.90. Statuses: NoFxAiOS/nofx#63 (422, a plain text). Not documented: the body of a refusal
for load, and the answer to a request that is not JSON by its type (415 here).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.instants import millis
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INFO: Final = "/info"

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_LONGEST_NAME = 16
_UNREADABLE = "Failed to deserialize the JSON body into the target type"
_UNKNOWN = "User or API Wallet"
_MISSING = "missing"


class Hyperliquid:
    """The exchange with its wallets: the id of a key is its address.

    An `agent` belongs to the wallet that `main_account` names, which need not be described itself; an agent without a
    label is the unnamed one. Sub-accounts and vaults sign nothing: they are played by `answer` (`role`, `data`).
    """

    name: ClassVar[str] = "hyperliquid"
    calls: ClassVar[Calls] = frozenset({("POST", INFO)})
    rights: ClassVar[tuple[str, ...]] = ("agent", "user")
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "main_account"})
    algorithms: ClassVar[tuple[str, ...]] = ()
    phrases: ClassVar[Phrases] = Phrases(Refused("429", ""), Refused("429", ""), Refused(_UNKNOWN, ""))

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key.lower(): key for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if not _ADDRESS.fullmatch(key.api_key):
            return "api_key must be an address: 0x and 40 hexadecimal digits"
        if len(key.permissions) != 1:
            return "permissions must be [agent] or [user]"
        if "agent" in key.permissions and not _ADDRESS.fullmatch(key.main_account):
            return "main_account must be the address of the agent's wallet"
        if "user" in key.permissions and key.main_account:
            return "main_account is nothing that a wallet of its own has"
        if key.ip_allowlist:
            return "ip_allowlist must be empty: there is none"
        if len(key.label) > _LONGEST_NAME:
            return f"label must have {_LONGEST_NAME} characters at most"
        return None

    def key_id(self, request: Request) -> str:
        """Return the address that is asked for."""
        user = _asked(request).get("user", "")
        known = self._keys.get(user.lower()) if isinstance(user, str) else None
        return str(user) if known is None else known.api_key

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Tell anybody what is asked for."""
        if not request.is_in(self.calls):
            return Answer("forbidden", raw=b"", status=405 if request.path == INFO else 404)
        if request.header("content-type").partition(";")[0].strip().lower() != "application/json":
            said = b"Expected request with `Content-Type: application/json`"
            return Answer("HTTP 415", raw=said, status=415, content_type="text/plain; charset=utf-8")
        asked = _asked(request)
        user = asked.get("user")
        if isinstance(user, str) and _ADDRESS.fullmatch(user):
            match asked.get("type"):
                case "userRole":
                    return Answer("ok", self._role(user.lower(), now_ms))
                case "extraAgents":
                    agents = [key for key in self._agents(user.lower(), now_ms) if key.label]
                    return Answer("ok", [key.amended(_agent(key), "list") for key in agents])
                case "webData2":
                    return Answer("ok", self._web_data(user.lower(), now_ms))
                case "subAccounts":
                    return Answer("ok", None)
                case _:
                    pass
        return Answer("HTTP 422", raw=_UNREADABLE.encode(), status=422, content_type="text/plain; charset=utf-8")

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error as those who trade get it; `missing` is the role of an address that nobody knows."""
        del now_ms
        code, text, status = refused
        if code == _MISSING:
            return Answer(code, {"role": _MISSING}, status or 200)
        return Answer(code, {"status": "err", "response": f"{code} {text}".strip()}, status or 200)

    def with_text(self, data: object, text: str) -> object:
        """Replace names and errors; make a role another one."""
        return reworded(data, text, {"name", "response"}, {"role"})

    def _agents(self, master: str, now_ms: int) -> list[Key]:
        """Return the agents of a wallet; one whose end has come is gone."""
        return [key for key in self._all if key.main_account.lower() == master and not key.has_ended(now_ms)]

    def _role(self, user: str, now_ms: int) -> Mapping[str, object]:
        key = self._keys.get(user)
        if key is None:
            return {"role": "user" if any(k.main_account.lower() == user for k in self._all) else _MISSING}
        if key.is_main:
            return key.amended({"role": "user"})
        if key.has_ended(now_ms):
            return {"role": _MISSING}
        return key.amended({"role": "agent", "data": {"user": key.main_account.lower()}})

    def _web_data(self, user: str, now_ms: int) -> Mapping[str, object]:
        """Return the answer that tells of the unnamed agent, without markets; `key-detail` is what its key adds."""
        unnamed = next((key for key in self._agents(user, now_ms) if not key.label), None)
        built: dict[str, object] = {
            "leadingVaults": [],
            "totalVaultEquity": "0.0",
            "openOrders": [],
            "agentAddress": None if unnamed is None else unnamed.api_key.lower(),
            "agentValidUntil": None if unnamed is None else _until(unnamed),
            "cumLedger": "0.0",
            "assetCtxs": [],
            "serverTime": now_ms,
            "isVault": False,
            "user": user,
            "twapStates": [],
            "spotAssetCtxs": [],
        }
        return built if unnamed is None else unnamed.amended(built, "key-detail")


def _asked(request: Request) -> Mapping[str, object]:
    """Read the body; an empty object where it is none."""
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _until(key: Key) -> int | None:
    """Return the end of an agent; None where it has none."""
    return None if key.expires is None else millis(key.expires)


def _agent(key: Key) -> dict[str, object]:
    return {"name": key.label, "address": key.api_key.lower(), "validUntil": _until(key)}
