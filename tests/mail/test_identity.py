"""Who wrote a message: real signatures under keys made here, borders that tell the truth, and a table of spoofs."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from palier.mail import identity, proving, reader
from palier.mail.identity import AUTHENTICATED, REJECTED, UNAUTHENTICATED, Proof

BORDER = "mx.northern.example"
CAMILLE = "camille@atelier.example"
TRACE = (
    b"Received: from mail.atelier.example (mail.atelier.example [192.0.2.7])\r\n"
    b"\tby mx.northern.example with ESMTPS id 42; Fri, 20 Nov 2026 10:00:02 +0100\r\n"
)


@dataclass
class Dns:
    """A resolver that knows what it is given, and fails on what it is told to."""

    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def txt(self, name: str) -> list[str]:
        self.asked.append(name)
        if name in self.failing:
            raise identity.DnsFailed
        return list(self.texts.get(name, ()))

    def records(self, name: str, kind: str) -> list[str]:
        self.asked.append(f"{kind} {name}")
        return list(self.others.get((name, kind), ()))


@cache
def key() -> tuple[bytes, str]:
    """A private key as PEM, and the record that publishes it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    der = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def message(sender: str = CAMILLE, *, more: str = "", body: str = "It does not open.") -> bytes:
    """A message whose From is as given."""
    return (
        f"From: {sender}\r\nTo: support@northern.example\r\nSubject: Help\r\n{more}"
        f"Date: Fri, 20 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@atelier.example>\r\n\r\n{body}\r\n"
    ).encode()


def signed(content: bytes, domain: str = "atelier.example", *, length: bool = False) -> bytes:
    """The same with a DKIM signature of a domain."""
    header: bytes = dkim.sign(
        content,
        b"s1",
        domain.encode(),
        key()[0],
        include_headers=[b"from", b"to", b"subject", b"date"],
        length=length,
    )
    return header + content


def dns(*, policy: str = "none", domain: str = "atelier.example", tags: str = "") -> Dns:
    """DNS with the key of a domain and its DMARC record."""
    return Dns(
        texts={
            f"s1._domainkey.{domain}": [key()[1]],
            f"_dmarc.{domain}": [f"v=DMARC1; p={policy}{tags}"],
            domain: ["v=spf1 ip4:192.0.2.0/24 -all"],
        }
    )


def judge(
    content: bytes,
    *,
    resolver: Dns | None = None,
    borders: Sequence[str] = (),
    sealers: Sequence[str] = (),
    envelope_from: str = "",
    client_ip: str | None = None,
) -> Proof:
    return identity.judge(
        content,
        reader.read(content),
        envelope_from=envelope_from,
        client_ip=client_ip,
        borders=borders,
        resolver=resolver,
        sealers=sealers,
    )


def told(results: str, *, by: str = BORDER) -> bytes:
    """A header as a border puts it."""
    return f"Authentication-Results: {by};\r\n\t{results}\r\n".encode()


# --- the border's word -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "verdict", "method"),
    [
        ("dmarc=pass (p=NONE) header.from=atelier.example", AUTHENTICATED, "border-dmarc"),
        ("dmarc=pass header.from=ATELIER.example", AUTHENTICATED, "border-dmarc"),
        (
            "spf=fail smtp.mailfrom=x.example; dmarc=pass header.from=atelier.example",
            AUTHENTICATED,
            "border-dmarc",
        ),
        ("dkim=pass header.d=atelier.example", AUTHENTICATED, "border-dkim"),
        ("dkim=pass header.d=mail.atelier.example", AUTHENTICATED, "border-dkim"),
        ("dkim=pass header.i=@atelier.example header.s=s1", AUTHENTICATED, "border-dkim"),
        (
            "dkim=fail header.d=atelier.example; dkim=pass header.d=atelier.example",
            AUTHENTICATED,
            "border-dkim",
        ),
        ("spf=pass smtp.mailfrom=bounce@atelier.example", AUTHENTICATED, "border-spf"),
        ("spf=pass smtp.mailfrom=atelier.example", AUTHENTICATED, "border-spf"),
        (
            "dmarc=none header.from=atelier.example; dkim=pass header.d=atelier.example",
            AUTHENTICATED,
            "border-dkim",
        ),
        ("dkim=pass header.d=evil.example", UNAUTHENTICATED, ""),
        ("dkim=pass header.d=example", UNAUTHENTICATED, ""),
        ("dkim=pass", UNAUTHENTICATED, ""),
        ("spf=pass smtp.helo=atelier.example", UNAUTHENTICATED, ""),
        ("spf=pass smtp.mailfrom=atelier.example.evil.example", UNAUTHENTICATED, ""),
        ("dmarc=pass header.from=evil.example", UNAUTHENTICATED, ""),
        ("dmarc=pass", UNAUTHENTICATED, ""),
        ("dmarc=pass header.from=evil.example; dkim=pass header.d=atelier.example", UNAUTHENTICATED, ""),
        ("none", UNAUTHENTICATED, ""),
        ("dmarc=fail (p=NONE) header.from=atelier.example", UNAUTHENTICATED, ""),
        ("dmarc=fail (p=quarantine dis=none) header.from=atelier.example", UNAUTHENTICATED, ""),
        ("dmarc=fail header.from=atelier.example; dkim=pass header.d=atelier.example", UNAUTHENTICATED, ""),
        ("dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=atelier.example", REJECTED, ""),
        ("dmarc=fail policy.published-domain-policy=reject header.from=atelier.example", REJECTED, ""),
        ("dmarc=fail action=oreject header.from=atelier.example", REJECTED, ""),
        ('dmarc=fail reason="dkim=pass header.d=atelier.example"', UNAUTHENTICATED, ""),
        ("dkim=fail (dmarc=pass header.from=atelier.example)", UNAUTHENTICATED, ""),
        ('x=y reason="; dmarc=pass header.from=atelier.example"', UNAUTHENTICATED, ""),
    ],
)
def test_border_says(results: str, verdict: str, method: str) -> None:
    proof = judge(told(results) + TRACE + message(), borders=[BORDER])
    assert (proof.verdict, proof.method, proof.address) == (verdict, method, CAMILLE)


GOOD = "dmarc=pass header.from=atelier.example"


@pytest.mark.parametrize(
    ("content", "trusted"),
    [
        pytest.param(told(GOOD) + TRACE + message(), True, id="above the border's trace"),
        pytest.param(TRACE + told(GOOD) + message(), True, id="between the border's trace and the message"),
        pytest.param(
            b"Received: from mx.northern.example by store.inside.example; x\r\n"
            + told(GOOD)
            + TRACE
            + message(),
            True,
            id="below an inner hop",
        ),
        pytest.param(
            b"Received: from mx.northern.example by store.inside.example; x\r\n"
            + TRACE
            + told(GOOD)
            + message(),
            True,
            id="below an inner hop and the trace",
        ),
        pytest.param(
            TRACE + b"Received: from a by mail.atelier.example; x\r\n" + told(GOOD) + message(),
            False,
            id="below a trace that is not the border's",
        ),
        pytest.param(
            TRACE + b"Received: from a by mx.northern.example; x\r\n" + told(GOOD) + message(),
            False,
            id="below a forged trace of the border",
        ),
        pytest.param(told("dmarc=fail") + TRACE + told(GOOD) + message(), False, id="the topmost only"),
        pytest.param(
            told("dkim=none") + told(GOOD) + TRACE + message(), False, id="the topmost only, side by side"
        ),
        pytest.param(told(GOOD) + message(), False, id="no trace at all"),
        pytest.param(told(GOOD, by="mx.evil.example") + TRACE + message(), False, id="another border"),
        pytest.param(
            told(GOOD, by="evil.mx.northern.example") + TRACE + message(), False, id="below its name"
        ),
        pytest.param(told(GOOD, by=f"{BORDER}.evil.example") + TRACE + message(), False, id="above its name"),
        pytest.param(
            told(GOOD, by=f"(mx) {BORDER} 1") + TRACE + message(), True, id="a comment and a version"
        ),
        pytest.param(told(GOOD, by="MX.Northern.EXAMPLE") + TRACE + message(), True, id="in capitals"),
        pytest.param(
            told(GOOD, by="mx.evil.example") + told(GOOD) + TRACE + message(),
            True,
            id="below another's on the border",
        ),
        pytest.param(
            b"ARC-Authentication-Results: i=1; mx.northern.example; "
            + GOOD.encode()
            + b"\r\n"
            + TRACE
            + message(),
            False,
            id="a seal's copy",
        ),
        pytest.param(b"X-" + told(GOOD) + TRACE + message(), False, id="another header"),
        pytest.param(
            b"Authentication-Results: dmarc=pass header.from=atelier.example\r\n" + TRACE + message(),
            False,
            id="nobody's name",
        ),
    ],
)
def test_only_the_border_s_own_topmost_word_counts(content: bytes, trusted: bool) -> None:
    proof = judge(content, borders=[BORDER])
    assert (proof.verdict == AUTHENTICATED) is trusted


def test_no_border_is_believed_that_nobody_named() -> None:
    proof = judge(told(GOOD) + TRACE + message())
    assert (proof.verdict, proof.detail) == (UNAUTHENTICATED, "nobody-checks")


# --- spoofs ------------------------------------------------------------------------------------------

SPOOFS = {
    "two headers": f"{CAMILLE}\r\nFrom: eve@evil.example",
    "two addresses": f"{CAMILLE}, eve@evil.example",
    "two in angles": f"<{CAMILLE}> <eve@evil.example>",
    "two in angles, the other way": f"<eve@evil.example> <{CAMILLE}>",
    "a group": f"Team: {CAMILLE};",
    "an empty group": "undisclosed-recipients:;",
    "none": "",
    "a name only": "Camille",
    "a comment within": "camille(x)@atelier.example",
    "a space within": "camille @atelier.example",
    "two at signs": "camille@atelier.example@evil.example",
    "a quoted at sign": '"camille@atelier.example"@evil.example, x@y.example',
    "an encoded address": "=?utf-8?q?camille=40atelier.example?=",
    "an encoded address in angles": "<=?utf-8?q?camille=40atelier.example?=>",
    "a route": f"<@evil.example:{CAMILLE}>",
    "full-width letters": "camille@ａtelier.example",
    "an ideographic stop": "camille@atelier。example",
    "a NUL": "camille@atelier.example\x00@evil.example",
    "a bare return": f"eve@evil.example\rFrom: {CAMILLE}",
    "a zero-width space": "cam\u200bille@atelier.example",
    "a turning character": "cam\u202eille@atelier.example",
    "an unclosed quote": f'"Camille {CAMILLE}',
    "an unclosed comment": f"{CAMILLE} (x",
    "an unclosed angle": f"Camille <{CAMILLE}",
    "an address of numbers": "camille@[192.0.2.1]",
    "a name without a dot": "camille@atelier",
    "something after the angle": f"<{CAMILLE}> eve@evil.example",
}


@pytest.mark.parametrize("sender", SPOOFS.values(), ids=SPOOFS.keys())
def test_what_could_be_read_as_another_from_proves_nothing(sender: str) -> None:
    # Border and signature agree that atelier.example wrote it; the From itself is what is wrong.
    content = message(sender)
    assert judge(told(GOOD) + TRACE + content, borders=[BORDER], resolver=dns()).verdict == UNAUTHENTICATED


@pytest.mark.parametrize(
    ("sender", "claimed"),
    [
        pytest.param(
            '"camille@atelier.example" <eve@evil.example>', "eve@evil.example", id="a name like an address"
        ),
        pytest.param("camille@atelier.example <eve@evil.example>", "eve@evil.example", id="unquoted"),
        pytest.param(
            "=?utf-8?q?camille=40atelier.example?= <eve@evil.example>", "eve@evil.example", id="encoded"
        ),
        pytest.param(
            '"<camille@atelier.example>" <eve@evil.example>', "eve@evil.example", id="angles in quotes"
        ),
        pytest.param("(camille@atelier.example) eve@evil.example", "eve@evil.example", id="in a comment"),
        pytest.param(
            '"camille@atelier.example"@evil.example', '"camille@atelier.example"@evil.example', id="quoted"
        ),
        pytest.param(
            "camille@atelier.example.evil.example", "camille@atelier.example.evil.example", id="longer"
        ),
        pytest.param(
            "camille@аtelier.example", "camille@xn--telier-2nf.example", id="a letter that looks like another"
        ),
        pytest.param("camille@atelier-example.test", "camille@atelier-example.test", id="another domain"),
    ],
)
def test_a_proof_holds_for_the_address_and_not_for_what_it_looks_like(sender: str, claimed: str) -> None:
    proof = judge(told(GOOD) + TRACE + message(sender), borders=[BORDER])
    assert (proof.verdict, proof.address) == (UNAUTHENTICATED, claimed)


@pytest.mark.parametrize(
    "sender",
    [
        f"Camille Roy <{CAMILLE}>",
        f'"Roy, Camille" <{CAMILLE}>',
        f"=?utf-8?q?Camill=C3=A9?= <{CAMILLE}>",
        f"{CAMILLE} (Camille Roy)",
        f"<{CAMILLE}>",
        '"camille"@atelier.example',
        "camille@Atelier.EXAMPLE",
        f"{CAMILLE},",
        f"Camille\r\n <{CAMILLE}>",
    ],
)
def test_usual_ways_to_write_one_address(sender: str) -> None:
    proof = judge(told(GOOD) + TRACE + message(sender), borders=[BORDER])
    assert (proof.verdict, proof.address) == (AUTHENTICATED, CAMILLE)


def test_reply_to_and_sender_never_identify() -> None:
    content = message("eve@evil.example", more=f"Reply-To: {CAMILLE}\r\nSender: {CAMILLE}\r\n")
    proof = judge(told(GOOD) + TRACE + content, borders=[BORDER])
    assert (proof.verdict, proof.address) == (UNAUTHENTICATED, "eve@evil.example")


@pytest.mark.parametrize(
    "junk",
    [
        b"no header at all\r\n",
        b"X-A: b\rFrom: x@y.example\r\n",
        b"X-A: \x00\r\n",
        b"Fr\xc3\xb6m: x\r\n",
        b"X A: b\r\n",
    ],
)
def test_a_block_that_programs_read_differently_proves_nothing(junk: bytes) -> None:
    content = told(GOOD) + TRACE + junk + message()
    assert judge(content, borders=[BORDER]).verdict == UNAUTHENTICATED


# --- our own check -----------------------------------------------------------------------------------


def test_a_signature_of_the_domain_proves_it() -> None:
    proof = judge(signed(message()), resolver=dns())
    assert (proof.verdict, proof.method, proof.address) == (AUTHENTICATED, "dkim", CAMILLE)


def test_a_signature_below_others_is_found() -> None:
    content = signed(signed(message()), "relay.example")
    assert judge(content, resolver=dns()).method == "dkim"


def test_a_signature_of_a_subdomain_is_aligned_unless_the_owner_is_strict() -> None:
    content = signed(message(), "mail.atelier.example")
    texts = {"s1._domainkey.mail.atelier.example": [key()[1]]}
    relaxed = Dns(texts={**texts, "_dmarc.atelier.example": ["v=DMARC1; p=reject"]})
    strict = Dns(texts={**texts, "_dmarc.atelier.example": ["v=DMARC1; p=reject; adkim=s"]})
    assert judge(content, resolver=relaxed).verdict == AUTHENTICATED
    assert judge(content, resolver=strict).verdict == REJECTED


@pytest.mark.parametrize("policy", ["none", "quarantine", "reject"])
def test_what_nothing_proves(policy: str) -> None:
    proof = judge(message(), resolver=dns(policy=policy))
    assert proof.verdict == (REJECTED if policy == "reject" else UNAUTHENTICATED)


def test_the_policy_for_subdomains() -> None:
    content = message("camille@team.atelier.example")
    assert judge(content, resolver=dns(policy="none", tags="; sp=reject")).verdict == REJECTED
    assert judge(content, resolver=dns(policy="reject", tags="; sp=none")).verdict == UNAUTHENTICATED


@pytest.mark.parametrize(
    "records", [["v=DMARC1; p=reject", "v=DMARC1; p=reject"], ["v=spf1 -all"], ["v=DMARC10; p=reject"], []]
)
def test_no_policy_is_asked_by_no_or_two_records(records: list[str]) -> None:
    proof = judge(message(), resolver=Dns(texts={"_dmarc.atelier.example": records}))
    assert proof.verdict == UNAUTHENTICATED


def test_signatures_that_prove_nothing() -> None:
    good = signed(message())
    flipped = good.replace(b"does not open", b"does not close")
    other = signed(message(), "evil.example")
    short = signed(message(), length=True) + b"Pay to another account.\r\n"
    elsewhere = Dns(
        texts={"s1._domainkey.evil.example": [key()[1]], "s1._domainkey.atelier.example": [key()[1]]}
    )
    for content in (flipped, other, short, good.replace(b"rsa-sha256", b"rsa-sha1")):
        assert judge(content, resolver=elsewhere).verdict == UNAUTHENTICATED, content
    assert judge(good, resolver=elsewhere).verdict == AUTHENTICATED


def test_a_key_that_was_withdrawn_or_is_nonsense_proves_nothing() -> None:
    for record in ("v=DKIM1; p=", "v=DKIM1; k=rsa; p=AAAA", "p=%%%", "v=DKIM2; p=x", "nonsense"):
        found = Dns(texts={"s1._domainkey.atelier.example": [record]})
        assert judge(signed(message()), resolver=found).verdict == UNAUTHENTICATED, record


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "v=1",
        "v=1; a=rsa-sha256; d=atelier.example; s=s1; h=from; bh=x; b=y",
        "v=1; a=rsa-sha256; d=atelier.example; s=s1; h=subject; bh=eA==; b=eQ==",
        "v=1; a=x; d=atelier.example; s=s1; h=from; bh=eA==; b=eQ==; x=0; t=5",
        "d=atelier.example;;;=;==",
        "v=1; a=rsa-sha256; c=x/y; d=atelier.example; s=s1; h=from; bh=eA==; b=eQ==",
        "v=1; a=ed25519-sha256; d=atelier.example; s=s1; h=from:from:from; bh=eA==; b=eQ==",
    ],
)
def test_a_broken_signature_is_no_error(signature: str) -> None:
    content = f"DKIM-Signature: {signature}\r\n".encode() + message()
    assert judge(content, resolver=dns()).verdict == UNAUTHENTICATED


def test_hundreds_of_signatures_ask_for_few_keys() -> None:
    resolver = dns()
    foreign = b"".join(
        f"DKIM-Signature: v=1; a=rsa-sha256; d=d{n}.example; s=s1; h=from; bh=eA==; b=eQ==\r\n".encode()
        for n in range(300)
    )
    own = b"DKIM-Signature: v=1; a=rsa-sha256; d=atelier.example; s=s1; h=from; bh=eA==; b=eQ==\r\n" * 300
    judge(foreign + own + message(), resolver=resolver)
    assert len(resolver.asked) <= 10


def test_dns_that_does_not_answer_is_told_apart() -> None:
    for name in ("_dmarc.atelier.example", "s1._domainkey.atelier.example"):
        found = dns(policy="reject")
        proof = judge(signed(message()), resolver=Dns(texts=found.texts, failing=frozenset({name})))
        assert (proof.verdict, proof.temporary) == (UNAUTHENTICATED, True)


@pytest.mark.parametrize(
    "canonical", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")]
)
def test_each_way_to_write_a_body_down_for_signing(canonical: tuple[bytes, bytes]) -> None:
    content = message(body="It  does \t not open. \r\n\r\n  Really \r\n\r\n\r\n")
    header = dkim.sign(
        content, b"s1", b"atelier.example", key()[0], canonicalize=canonical, include_headers=[b"from", b"to"]
    )
    assert judge(header + content, resolver=dns()).method == "dkim"
    assert judge(header + content.replace(b"does \t not", b"does not"), resolver=dns()).method == (
        "dkim" if canonical[1] == b"relaxed" else ""
    )


def test_a_megabyte_of_spaces_and_of_folds_takes_no_time() -> None:
    # By the libraries' own ways each of these takes minutes: the test would not end.
    good = signed(message(body="x" + " " * 1_000_000 + "y"))
    assert judge(good, resolver=dns()).method == "dkim"
    relaxed = good.replace(b"c=relaxed/simple", b"c=relaxed/relaxed")
    assert judge(relaxed, resolver=dns()).verdict == UNAUTHENTICATED
    folded = signed(message()).replace(b"To: ", b"X-Long: x" + b"\r\n x" * 300_000 + b"\r\nTo: ")
    assert judge(folded, resolver=dns()).verdict == UNAUTHENTICATED


def test_a_key_of_a_hundred_thousand_bits_is_not_raised_to() -> None:
    found = Dns(texts={"s1._domainkey.atelier.example": ["v=DKIM1; p=" + "A" * 20_000]})
    assert judge(signed(message()), resolver=found).verdict == UNAUTHENTICATED


# --- SPF ---------------------------------------------------------------------------------------------


def _path(client_ip: str | None, envelope_from: str, resolver: Dns) -> Proof:
    return judge(message(), resolver=resolver, client_ip=client_ip, envelope_from=envelope_from)


def test_the_server_that_may_send_for_the_domain() -> None:
    assert _path("192.0.2.7", CAMILLE, dns()).method == "spf"
    assert _path("192.0.2.7", "<bounce@atelier.example>", dns()).method == "spf"


@pytest.mark.parametrize(
    ("client_ip", "envelope_from"),
    [
        ("198.51.100.9", CAMILLE),
        (None, CAMILLE),
        ("nonsense", CAMILLE),
        ("192.0.2.7", ""),
        ("192.0.2.7", "<>"),
        ("192.0.2.7", "eve@evil.example"),
        ("192.0.2.7", "no address"),
    ],
)
def test_servers_that_prove_nothing(client_ip: str | None, envelope_from: str) -> None:
    resolver = Dns(texts={**dns().texts, "evil.example": ["v=spf1 +all"]})
    assert _path(client_ip, envelope_from, resolver).verdict == UNAUTHENTICATED


def test_a_record_that_names_servers_and_other_records() -> None:
    resolver = Dns(
        texts={"atelier.example": ["v=spf1 include:host.example mx -all"], "host.example": ["v=spf1 a -all"]},
        others={
            ("atelier.example", "MX"): ["10 mail.atelier.example."],
            ("mail.atelier.example", "A"): ["203.0.113.5"],
            ("host.example", "A"): ["203.0.113.6"],
        },
    )
    assert _path("203.0.113.5", CAMILLE, resolver).method == "spf"
    assert _path("203.0.113.6", CAMILLE, resolver).method == "spf"
    assert _path("203.0.113.7", CAMILLE, resolver).verdict == UNAUTHENTICATED


def test_a_record_that_asks_forever_ends() -> None:
    resolver = Dns(
        texts={
            "atelier.example": ["v=spf1 include:a.example -all"],
            "a.example": ["v=spf1 include:atelier.example -all"],
        }
    )
    assert _path("203.0.113.5", CAMILLE, resolver).verdict == UNAUTHENTICATED
    assert len(resolver.asked) < 40


def test_a_resolver_that_knows_texts_only() -> None:
    class Texts:
        def txt(self, name: str) -> list[str]:
            return {"atelier.example": ["v=spf1 ip4:192.0.2.7 mx -all"]}.get(name, [])

    def asked(ip: str) -> Proof:
        content = message()
        return identity.judge(
            content, reader.read(content), envelope_from=CAMILLE, client_ip=ip, borders=(), resolver=Texts()
        )

    assert asked("192.0.2.7").method == "spf"
    assert asked("192.0.2.8").temporary


# --- seals -------------------------------------------------------------------------------------------


def sealed(content: bytes, results: bytes, sealer: str = "forwarder.example") -> bytes:
    """The message as a forwarder sends it on, with its seal."""
    content = b"Authentication-Results: " + sealer.encode() + b"; " + results + b"\r\n" + content
    made: list[bytes] = dkim.arc_sign(
        content,
        b"s1",
        sealer.encode(),
        key()[0],
        sealer.encode(),
        include_headers=[b"from", b"to", b"subject"],
    )
    return b"".join(made) + content


def _seal_dns(*, policy: str = "reject") -> Dns:
    found = dns(policy=policy)
    return Dns(texts={**found.texts, "s1._domainkey.forwarder.example": [key()[1]]})


def test_a_trusted_forwarder_s_seal_proves_what_it_saw() -> None:
    content = sealed(message(), b"dmarc=pass header.from=atelier.example")
    proof = judge(content, resolver=_seal_dns(), sealers=["forwarder.example"])
    assert (proof.verdict, proof.method) == (AUTHENTICATED, "arc")


@pytest.mark.parametrize(
    "results", [b"dmarc=fail header.from=atelier.example", b"dmarc=pass header.from=evil.example", b"none"]
)
def test_a_seal_over_another_result_proves_nothing(results: bytes) -> None:
    proof = judge(sealed(message(), results), resolver=_seal_dns(), sealers=["forwarder.example"])
    assert proof.verdict == REJECTED


def test_a_seal_is_only_believed_of_whom_we_trust_and_while_it_holds() -> None:
    content = sealed(message(), b"dmarc=pass header.from=atelier.example")
    resolver = _seal_dns()
    assert judge(content, resolver=resolver).verdict == REJECTED
    assert judge(content, resolver=resolver, sealers=["other.example"]).verdict == REJECTED
    broken = content.replace(b"does not open", b"is yours now")
    assert judge(broken, resolver=resolver, sealers=["forwarder.example"]).verdict == REJECTED


def test_a_seal_outweighs_a_border_that_saw_the_forwarder() -> None:
    content = sealed(message(), b"dmarc=pass header.from=atelier.example")
    content = told("dmarc=fail (p=REJECT) header.from=atelier.example") + TRACE + content
    proof = judge(content, resolver=_seal_dns(), borders=[BORDER], sealers=["forwarder.example"])
    assert proof.method == "arc"
    assert judge(content, resolver=_seal_dns(), borders=[BORDER]).verdict == REJECTED


# --- domains -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proved", "domain", "aligned"),
    [
        ("atelier.example", "atelier.example", True),
        ("mail.atelier.example", "atelier.example", True),
        ("atelier.example", "team.atelier.example", True),
        ("a.co.uk", "b.co.uk", False),
        ("co.uk", "atelier.co.uk", False),
        ("example", "atelier.example", False),
        ("", "atelier.example", False),
        ("atelier.example", "atelier.example.evil.test", False),
        ("xatelier.example", "atelier.example", False),
        ("a.github.io", "b.github.io", False),
    ],
)
def test_alignment(proved: str, domain: str, aligned: bool) -> None:
    assert proving.aligned(proved, domain) is aligned
    if aligned and proved != domain:
        assert not proving.aligned(proved, domain, strict=True)
