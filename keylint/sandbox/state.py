"""Which keys exist at the simulated exchanges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from keylint.model.secret import Secret
from keylint.sandbox.faults import Fault
from keylint.sandbox.instants import millis

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
"""When a key was created that does not say."""

ACCOUNT = "100000001"
"""The account of a key that does not say."""

CALLS = ("key-flags", "key-detail", "key-scope", "list", "list-addresses")
"""Calls beside the first one that show a key, by the `use` that the facts give them."""


@dataclass(frozen=True, slots=True)
class Key:
    """One live key: an HMAC secret or the PEM of a public key, never both; neither where nothing is signed.

    `permissions`: native names that are on. `ip_allowlist`: addresses and ranges, empty means any.
    `client_address`: where requests with this key seem to come from; None means from an allowed place.
    `answer` replaces and adds raw fields of the built answer; the fields of `omit` are left out of it. Where several
    calls show the key, `list.note` is the field `note` of the call `list` (see `CALLS`), and a bare name is one of
    the key's own inspection.
    `account`: the id of its account. `main_account`: the id of the main account, for a key of a sub-account, whose
    name is `account_name`. `unified`: a unified account. `environment`: `production` or `demo`.
    `read_only`: the switch beside the rights that turns all of them into reading.
    `last_nonce` and `nonce_window` are for exchanges whose nonces rise; `otp` is a fixed one-time password that the
    calls must carry that want one.
    Which exchange has which of these fields says its `fields`.
    """

    exchange: str
    api_key: str = field(repr=False)
    api_secret: Secret | None = None
    public_key: str | None = field(default=None, repr=False)
    permissions: tuple[str, ...] = ()
    ip_allowlist: tuple[str, ...] = ()
    created: datetime = CREATED
    expires: datetime | None = None
    last_used: datetime | None = None
    label: str = ""
    passphrase: Secret | None = None
    account: str = ""
    main_account: str = ""
    account_name: str = ""
    environment: str = "production"
    unified: bool = False
    read_only: bool = False
    answer: Mapping[str, object] = field(default_factory=dict)
    omit: tuple[str, ...] = ()
    client_address: str | None = None
    last_nonce: int = 0
    nonce_window: int = 0
    otp: Secret | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def is_admitted(self) -> bool:
        """Say whether the allowlist lets the client's address in."""
        if not self.ip_allowlist or self.client_address is None:
            return True
        address = ip_address(self.client_address)
        return any(address in ip_network(entry, strict=False) for entry in self.ip_allowlist)

    @property
    def uid(self) -> str:
        """Return the id of the account."""
        return self.account or ACCOUNT

    @property
    def sub_name(self) -> str:
        """Return the name of the sub-account."""
        return self.account_name or f"sub{self.uid}"

    @property
    def is_main(self) -> bool:
        """Say whether it is a key of a main account."""
        return not self.main_account

    def has_ended(self, now_ms: int) -> bool:
        """Say whether its end has come."""
        return self.expires is not None and millis(self.expires) <= now_ms

    def amended(self, built: Mapping[str, object], call: str = "") -> dict[str, object]:
        """Return the built answer of a call with this key's raw fields, without those that are left out."""
        added = {field: value for name, value in self.answer.items() if (field := _field_of(call, name))}
        left_out = {_field_of(call, name) for name in self.omit}
        return {name: value for name, value in {**built, **added}.items() if name not in left_out}


def _field_of(call: str, name: str) -> str:
    """Return the field that a name means in a call, «» where it belongs to another one."""
    use, _, field = name.partition(".")
    if use not in CALLS:
        return "" if call else name
    return field if use == call else ""


@dataclass(frozen=True, slots=True)
class State:
    """All that the sandbox plays. `exchange_faults`: exchange -> its faults; `ports`: exchange -> a fixed port.

    An exchange is served where it has a key or stands in either of them.
    """

    keys: tuple[Key, ...] = ()
    faults: tuple[Fault, ...] = ()
    exchange_faults: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    latency_ms: int = 0

    def of(self, exchange: str) -> tuple[Key, ...]:
        """Return the keys of one exchange."""
        return tuple(key for key in self.keys if key.exchange == exchange)

    @property
    def exchanges(self) -> frozenset[str]:
        """Return the exchanges that have a key, or are named without one."""
        return frozenset({key.exchange for key in self.keys} | self.exchange_faults.keys() | self.ports.keys())
