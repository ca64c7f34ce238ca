"""Which keys exist at the simulated exchanges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from keylint.model.secret import Secret
from keylint.sandbox.faults import Fault

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
"""When a key was created that does not say."""


@dataclass(frozen=True, slots=True)
class Key:
    """One live key: an HMAC secret or the PEM of a public key, never both.

    `permissions`: native names that are on. `ip_allowlist`: addresses and ranges, empty means any.
    `client_address`: where requests with this key seem to come from; None means from an allowed place.
    `answer` replaces and adds raw fields of the built answer; the fields of `omit` are left out of it.
    `last_nonce`, `nonce_window` and `otp` (a fixed one-time password that each call must carry) are for Kraken.
    """

    exchange: str
    api_key: str = field(repr=False)
    api_secret: Secret | None = None
    public_key: str | None = field(default=None, repr=False)
    permissions: tuple[str, ...] = ()
    ip_allowlist: tuple[str, ...] = ()
    created: datetime = CREATED
    expires: datetime | None = None
    label: str = ""
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

    def amended(self, built: Mapping[str, object]) -> dict[str, object]:
        """Return the built answer with this key's raw fields, without those that are left out."""
        return {name: value for name, value in {**built, **self.answer}.items() if name not in self.omit}


@dataclass(frozen=True, slots=True)
class State:
    """All that the sandbox plays. `exchange_faults`: exchange -> its faults; `ports`: exchange -> a fixed port."""

    keys: tuple[Key, ...] = ()
    faults: tuple[Fault, ...] = ()
    exchange_faults: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    latency_ms: int = 0

    def of(self, exchange: str) -> tuple[Key, ...]:
        """Return the keys of one exchange."""
        return tuple(key for key in self.keys if key.exchange == exchange)
