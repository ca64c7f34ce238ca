"""The one door: what leaves it, to whom, and what may come back."""

import asyncio
import json
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from keylint.exchanges import EXCHANGES, http
from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.load.facts import facts_of
from keylint.model.errors import ForbiddenCall, Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.secret import Secret
from tests.exchanges.wire import Wire, certificate, reply

FACTS = {name: facts for name in EXCHANGES if (facts := facts_of(name))}
BINANCE = FACTS["binance"]
PATH = "/sapi/v1/account/apiRestrictions"
ASK = Request("GET", PATH, "timestamp=1")
HINT = "the exchange may have changed its answer; nothing was concluded from it"


def send(*requests: Request, base: str, facts: Facts = BINANCE, timeout: float = 5) -> list[Answer]:
    async def all_of_them() -> list[Answer]:
        door = Door(facts, base, timeout)
        try:
            return [await door.send(request) for request in requests]
        finally:
            await door.close()

    return asyncio.run(all_of_them())


def refusal(base: str, timeout: float = 5) -> tuple[Reason, str, str]:
    with pytest.raises(Refusal) as caught:
        send(ASK, base=base, timeout=timeout)
    return caught.value.reason, caught.value.message, caught.value.hint


@pytest.fixture(scope="module")
def silent() -> Iterator[Wire]:
    with Wire() as wire:
        yield wire


LISTED = {(facts.exchange, call.method, call.path) for facts in FACTS.values() for call in facts.calls}
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "get", "GET "]
PATHS = sorted(
    {path for _, _, path in LISTED} | {"/api/v3/order", "/sapi/v1/capital/withdraw/apply", "/0/private/Withdraw"}
)
BENT = [
    lambda path: path + "/",
    lambda path: path + "?a=1",
    lambda path: path + "#",
    lambda path: path + "/../order",
    lambda path: "/" + path,
    lambda path: path.upper(),
    lambda path: path.replace("/", "%2F"),
    lambda path: "http://127.0.0.1" + path,
    lambda path: path + "\r\nX: y",
    lambda path: path,
]


@given(
    st.sampled_from(sorted(FACTS)),
    st.sampled_from(METHODS) | st.text(max_size=6),
    st.builds(lambda path, bend: bend(path), st.sampled_from(PATHS) | st.text(max_size=40), st.sampled_from(BENT)),
)
@example("binance", "POST", PATH)
@example("kraken", "GET", "/0/private/GetApiKeyInfo")
@example("kraken", "POST", "/0/private/Withdraw")
@example("kraken", "GET", PATH)
def test_nothing_leaves_that_is_not_in_the_facts(silent: Wire, exchange: str, method: str, path: str) -> None:
    assume((exchange, method, path) not in LISTED)
    with pytest.raises(ForbiddenCall):
        send(Request(method, path, "a=b", {"X": "y"}, b"z"), base=silent.base, facts=FACTS[exchange])
    assert (silent.received, silent.connections) == ([], 0)


IDS = (
    st.text(max_size=30)
    | st.text("0123456789", max_size=30)
    | st.text("0123456789/.%?#\\ \t\r\n٣²", max_size=12)
    | st.integers().map(str)
)


@given(IDS)
@example("")
@example("0")
@example("1" * 20)
@example("1" * 21)
@example("..")
@example("1/../../wallet/transfers?a=")
@example("%2e%2e")
@example("1%2F2")
@example("-1")
@example("1\n")
@example("٣")
@example("{user_id}")
def test_path_with_an_id_takes_digits_and_nothing_else(user_id: str) -> None:
    """No id that an exchange names can lead to another of its calls."""
    request = Request("GET", f"/api/v4/sub_accounts/{user_id}/keys")
    if re.fullmatch("[0-9]{1,20}", user_id):
        http.allowed(request, FACTS["gate"])
    else:
        with pytest.raises(ForbiddenCall):
            http.allowed(request, FACTS["gate"])
    for method, path in (("DELETE", request.path), ("GET", f"{request.path}/1"), ("GET", request.path[:-5])):
        with pytest.raises(ForbiddenCall):
            http.allowed(Request(method, path), FACTS["gate"])


@given(st.text(max_size=60) | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
@example("signature=a%2Bb%2Fc%3D")
@example("signature=a+b/c=")
@example("a=%zz&b=%")
@example("a b")
@example("a#b")
@example("ä=1")
def test_query_is_sent_byte_for_byte_or_not_at_all(query: str) -> None:
    with Wire() as wire:
        try:
            send(Request("GET", PATH, query), base=wire.base)
        except ForbiddenCall:
            assert wire.received == []
        else:
            target = f"{PATH}?{query}" if query else PATH
            assert wire.received[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())


def test_request_line_headers_and_body_are_what_was_signed() -> None:
    request = Request(
        "POST", "/0/private/GetApiKeyInfo", headers={"API-Key": "k", "API-Sign": "a+/="}, body=b"nonce=1&o=%2B"
    )
    with Wire() as wire:
        (answer,) = send(request, base=wire.base, facts=FACTS["kraken"])
        head, _, body = wire.received[0].partition(b"\r\n\r\n")
    assert (answer.status, answer.data) == (200, {})
    assert body == b"nonce=1&o=%2B"
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /0/private/GetApiKeyInfo HTTP/1.1"
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert headers.pop("user-agent").startswith("keylint/")
    assert headers == {
        "host": f"127.0.0.1:{wire.port}",
        "accept": "application/json",
        "accept-encoding": "identity",
        "api-key": "k",
        "api-sign": "a+/=",
        "content-length": "13",
    }


def test_one_door_keeps_one_connection() -> None:
    with Wire() as wire:
        send(ASK, ASK, ASK, base=wire.base)
        assert (len(wire.received), wire.connections) == (3, 1)


@pytest.mark.parametrize("more", [b"{}", b"HTTP/1.1 408 Timeout\r\nContent-Length: 2\r\n\r\n[]", b"\0" * 2_000_000])
def test_what_was_not_asked_for_is_no_answer_to_the_next_request(more: bytes) -> None:
    async def twice() -> list[Answer]:
        door = Door(BINANCE, wire.base, 5)
        try:
            first = await door.send(ASK)
            await asyncio.sleep(0.1)
            return [first, await door.send(ASK)]
        finally:
            await door.close()

    with Wire(reply(b'{"a": 1}') + more, reply(b'{"a": 2}')) as wire:
        assert [answer.data for answer in asyncio.run(twice())] == [{"a": 1}, {"a": 2}]
        assert wire.connections == 2


def test_server_that_closes_in_between_is_asked_by_a_new_connection() -> None:
    async def twice() -> list[Answer]:
        door = Door(BINANCE, wire.base, 5)
        try:
            first = await door.send(ASK)
            wire.hang_up()
            await asyncio.sleep(0.1)
            return [first, await door.send(ASK)]
        finally:
            await door.close()

    with Wire(reply(b'{"a": 1}')) as wire:
        assert [answer.status for answer in asyncio.run(twice())] == [200, 200]
        assert wire.connections == 2


def test_timeout_leaves_nothing_behind() -> None:
    async def twice() -> Answer:
        door = Door(BINANCE, wire.base, 0.2)
        with pytest.raises(Refusal):
            await door.send(ASK)
        try:
            return await door.send(ASK)
        finally:
            await door.close()

    with Wire(b"HTTP/1.1 200 OK\r\n", reply(b'{"a": 2}')) as wire:
        assert asyncio.run(twice()).data == {"a": 2}
        assert wire.connections == 2


def test_door_works_again_after_a_broken_answer() -> None:
    async def twice() -> Answer:
        door = Door(BINANCE, wire.base, 5)
        with pytest.raises(Refusal):
            await door.send(ASK)
        try:
            return await door.send(ASK)
        finally:
            await door.close()

    with Wire(reply(b"x" * 1_000_001), reply(b'{"a": 1}')) as wire:
        assert asyncio.run(twice()).data == {"a": 1}


@pytest.mark.parametrize("more", [reply(b'{"a": 2}'), b"{}", b"\0"], ids=["answer", "body", "byte"])
def test_what_comes_behind_an_answer_is_not_the_next_one(more: bytes) -> None:
    """Else one key would be judged by what was said of another."""
    with Wire(reply(b'{"a": 1}') + more, reply(b'{"a": 3}')) as wire:
        answers = send(ASK, ASK, base=wire.base)
    assert [answer.data for answer in answers] == [{"a": 1}, {"a": 3}]
    assert wire.connections == 2


def test_answer_that_comes_too_late_is_not_the_next_one() -> None:
    async def thrice() -> list[object]:
        door = Door(BINANCE, wire.base, 0.2)
        with pytest.raises(Refusal) as caught:
            await door.send(ASK)
        assert caught.value.reason is Reason.TIMEOUT
        try:
            return [(await door.send(ASK)).data for _ in range(2)]
        finally:
            await door.close()

    with Wire(b"", reply(b'{"a": 2}'), reply(b'{"a": 3}')) as wire:
        assert asyncio.run(thrice()) == [{"a": 2}, {"a": 3}]
        assert wire.connections == 2


def test_door_works_again_after_a_task_was_cancelled() -> None:
    async def cancelled() -> object:
        door = Door(BINANCE, wire.base, 5)
        asking = asyncio.create_task(door.send(ASK))
        await asyncio.to_thread(wire.wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        try:
            return (await door.send(ASK)).data
        finally:
            await door.close()

    with Wire(b"", reply(b'{"a": 2}')) as wire:
        assert asyncio.run(cancelled()) == {"a": 2}


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", 2),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + reply(), 1),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\nRetry-After: 9\r\n\r\n",
            1,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 1),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", 1),
    ],
    ids=["1.0", "close", "interim", "trailers", "same-length-twice", "line-feeds"],
)
def test_old_and_odd_framing_is_read_and_a_connection_that_ends_is_not_used_again(
    answer: bytes, connections: int
) -> None:
    with Wire(answer) as wire:
        answers = send(ASK, ASK, base=wire.base)
        assert wire.connections == connections
    assert [answer.data for answer in answers] == [{}, {}]
    assert not any("retry-after" in answer.headers for answer in answers)


def test_headers_of_an_answer_may_hold_any_bytes_and_stand_several_times() -> None:
    with Wire(reply(b"{}", "200 OK", "X-A: caf\xe9", "Retry-After: 1", "RETRY-AFTER: 2", "X-B:")) as wire:
        (answer,) = send(ASK, base=wire.base)
    assert answer.headers["x-a"] == "caf\u00c3\u00a9"
    assert (answer.headers["retry-after"], answer.headers["x-b"]) == ("1, 2", "")


@pytest.mark.parametrize("value", ["k\u20ac", "k\r\nX: y", "k\0", "\U0001f511"])
def test_header_that_cannot_be_sent_is_not_sent(silent: Wire, value: str) -> None:
    """What cannot be sent as it was signed is no request; the door says nothing of the value."""
    with pytest.raises(ForbiddenCall) as caught:
        send(Request("GET", PATH, headers={"X-MBX-APIKEY": value}), base=silent.base)
    assert str(caught.value) == f"binance: {PATH} would not be sent as it was signed"
    assert (silent.received, silent.connections) == ([], 0)


def test_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login thief password thief\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Wire() as proxy, Wire() as wire:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        send(ASK, base=wire.base)
        assert proxy.connections == 0
        assert b"authorization" not in wire.received[0].lower()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>"])
def test_redirect_is_not_followed(status: str, body: bytes) -> None:
    with Wire() as other, Wire(reply(body, status, f"Location: {other.base}{PATH}")) as wire:
        (answer,) = send(ASK, base=wire.base)
        assert other.connections == 0
    assert answer.status == int(status[:3])


def test_cookies_are_not_kept() -> None:
    with Wire(reply(b"{}", "200 OK", "Set-Cookie: session=1; Path=/")) as wire:
        send(ASK, ASK, base=wire.base)
        assert b"cookie" not in wire.received[1].lower()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<!DOCTYPE html>", "an HTML page instead of JSON"),
        (b"\n <?xml?>", "an HTML page instead of JSON"),
        (b"not json", "no proper JSON"),
        (b'{"a": 1', "no proper JSON"),
        (b'{"a": 1, "a": 1}', "no proper JSON"),
        (b'{"x": {"a": 1, "a": 2}}', "no proper JSON"),
        (b'{"a": NaN}', "no proper JSON"),
        (b'{"a": Infinity}', "no proper JSON"),
        (b'{"a": -Infinity}', "no proper JSON"),
        (b'{"a": "\xff"}', "no proper JSON"),
        (b"\xef\xbb\xbf{}", "no proper JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "no proper JSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "no proper JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no proper JSON"),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_answer_that_is_no_proper_json_is_named_and_not_shown(body: bytes, text: str) -> None:
    with Wire(reply(body)) as wire:
        (answer,) = send(ASK, base=wire.base)
    assert (answer.data, answer.text) == (None, text)


@pytest.mark.parametrize("kind", ["gzip", "deflate", "br", "GZIP", "gzip, identity"])
def test_compressed_answer_is_not_unpacked(kind: str) -> None:
    with Wire(reply(b"\x1f\x8b" + b"\0" * 100, "200 OK", f"Content-Encoding: {kind}")) as wire:
        assert refusal(wire.base) == (
            Reason.BAD_ANSWER,
            "the answer makes no sense: it is compressed, which was not asked for",
            HINT,
        )


@pytest.mark.parametrize("size", [1_000_001, 5_000_000])
def test_answer_above_one_megabyte_is_not_read(size: int) -> None:
    with Wire(reply(b'"' + b"x" * (size - 2) + b'"')) as wire:
        assert refusal(wire.base)[1] == "the answer makes no sense: it is longer than 1 MB"


def test_answer_of_one_megabyte_is_read() -> None:
    with Wire(reply(b'"' + b"x" * 999_998 + b'"')) as wire:
        assert len(send(ASK, base=wire.base)[0].data) == 999_998


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=[
        *("ssh", "status", "two-lengths", "length", "chunks", "endless-headers", "huge-header", "nul-in-a-header"),
        *("upgrade", "packed-chunks", "endless-length", "http2"),
    ],
)
def test_answer_that_is_no_http_is_a_bad_answer(answer: bytes) -> None:
    with Wire(answer) as wire:
        assert refusal(wire.base) == (
            Reason.BAD_ANSWER,
            "the answer makes no sense: it is not whole, or no HTTP",
            HINT,
        )


def test_silence_is_a_timeout() -> None:
    with Wire(b"") as wire:
        assert refusal(wire.base, timeout=0.1) == (
            Reason.TIMEOUT,
            "no answer within 0.1 seconds",
            "try again, or allow more with --timeout",
        )


def test_nobody_there_is_unreachable() -> None:
    with Wire() as wire:
        base = wire.base
    assert refusal(base) == (
        Reason.UNREACHABLE,
        "no connection",
        "check the network, the firewall and the exchange's status",
    )


@pytest.mark.parametrize("host", ["a..invalid", "a" * 64 + ".invalid"])
def test_name_that_no_host_can_have_is_unreachable(host: str) -> None:
    assert refusal(f"https://{host}")[:2] == (Reason.UNREACHABLE, "no connection")


TLS_HINT = "something answers in the exchange's place, or this machine's certificates are out of date"


def tunnel(server: socket.socket, *, is_silent: bool, answer: bytes, tls: ssl.SSLContext) -> None:
    """Play a proxy for one connection: nothing comes through it, or the exchange's answer does."""
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        if is_silent:
            connection.recv(65_536)
            connection.recv(65_536)
            return
        with tls.wrap_socket(connection, server_side=True) as inner:
            inner.recv(65_536)
            inner.sendall(answer)
            inner.recv(65_536)


@pytest.mark.parametrize("is_silent", [True, False], ids=["nothing came through", "two answers came"])
def test_door_takes_another_connection_through_a_proxy_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_silent: bool
) -> None:
    """One key's trouble is not that of the next, which the same worker asks for."""
    context = trusted(tmp_path, monkeypatch)
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def play() -> None:
            tunnel(server, is_silent=is_silent, answer=reply(b'{"a": 1}') * 2, tls=context)
            tunnel(server, is_silent=False, answer=reply(b'{"a": 2}'), tls=context)

        thread = threading.Thread(target=play)
        thread.start()
        proxy = Secret(f"http://127.0.0.1:{server.getsockname()[1]}")

        async def twice() -> list[object]:
            door = Door(BINANCE, "https://127.0.0.1:9", 0.5, (), proxy)
            found: list[object] = []
            for _ in range(2):
                try:
                    found.append((await door.send(ASK)).data)
                except Refusal as refused:
                    found.append(refused.reason)
            await door.close()
            return found

        assert asyncio.run(twice()) == [Reason.TIMEOUT if is_silent else {"a": 1}, {"a": 2}]
        thread.join(5)


def test_certificate_that_nobody_vouches_for_is_refused_before_a_byte_of_the_request(tmp_path: Path) -> None:
    _, context = certificate(tmp_path, "127.0.0.1")
    with Wire(tls=context) as wire:
        told = refusal(wire.base)
        assert wire.received == []
    assert told == (Reason.TLS, "the connection is not secure: self-signed certificate", TLS_HINT)


def test_trusted_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path, "example.test")
    monkeypatch.setattr(http, "_tls", lambda: ssl.create_default_context(cafile=str(file)))
    with Wire(tls=context) as wire:
        reason, message, hint = refusal(wire.base)
        assert wire.received == []
    assert (reason, hint) == (Reason.TLS, TLS_HINT)
    assert message.startswith("the connection is not secure: IP address mismatch")


def test_trusted_certificate_of_the_host_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, context = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setattr(http, "_tls", lambda: ssl.create_default_context(cafile=str(file)))
    with Wire(reply(json.dumps({"a": 1}).encode()), tls=context) as wire:
        assert send(ASK, base=wire.base)[0].data == {"a": 1}


def test_plain_server_where_tls_is_expected_is_refused() -> None:
    with Wire(greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as wire:
        told = refusal(wire.base.replace("http:", "https:"))
    assert told == (Reason.TLS, "the connection is not secure: no TLS connection", TLS_HINT)


def trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return a server's context whose certificate the door trusts."""
    file, context = certificate(folder, "127.0.0.1")
    monkeypatch.setattr(http, "_tls", lambda: ssl.create_default_context(cafile=str(file)))
    return context


def test_what_is_no_tls_behind_the_handshake_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(b"", tls=trusted(tmp_path, monkeypatch), beneath=b"garbage" * 9) as wire:
        assert refusal(wire.base) == (Reason.TLS, "the connection is not secure: no TLS connection", TLS_HINT)


@pytest.mark.parametrize(
    ("begun", "told"),
    [
        (b"", (Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it")),
        (reply()[:-1], (Reason.BAD_ANSWER, "the answer makes no sense: it is not whole, or no HTTP", HINT)),
    ],
)
def test_cut_within_tls_is_a_cut_and_no_bad_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bytes, told: tuple[Reason, str, str]
) -> None:
    with Wire(begun, tls=trusted(tmp_path, monkeypatch), beneath=b"") as wire:
        assert refusal(wire.base) == told


def test_end_in_the_middle_of_the_handshake_is_no_bad_certificate() -> None:
    """A firewall does that, and it is worth another try."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        thread = threading.Thread(target=hang_up)
        thread.start()
        told = refusal(f"https://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert told[:2] == (Reason.UNREACHABLE, "no connection")


def test_all_connections_share_one_context_that_verifies() -> None:
    context = http._tls()
    assert context is http._tls()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
