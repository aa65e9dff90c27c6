"""The signed plus-address: where a reply finds its request even when its thread headers were lost.

triage@example.com -> triage+r-01k9x2m4pq.4f7zk2m9ab@example.com. The last ten characters are fifty bits of
an HMAC-SHA256 over the id: nobody can write to a request they never had a mail from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from email.utils import parseaddr

KEY = "reply address"  # name of the key in the records
_SIGNS = 10  # characters of base32


def plus_address(mail_from: str, request_id: str, key: bytes) -> str:
    """The address for replies on one request; "" when `mail_from` holds no address."""
    local, _, domain = parseaddr(mail_from)[1].rpartition("@")
    if not local or not domain:
        return ""
    return f"{local}+{request_id}.{_signature(request_id, key)}@{domain}".lower()


def request_in(addresses: Iterable[str], mail_from: str, key: bytes) -> str:
    """The request that one of the addresses is rightly signed for, else ""."""
    own, _, domain = parseaddr(mail_from)[1].lower().rpartition("@")
    for address in addresses:
        local, _, its_domain = address.lower().rpartition("@")
        name, plus, tag = local.partition("+")
        request_id, _, sign = tag.rpartition(".")
        if plus and (name, its_domain) == (own, domain) and request_id:
            expected = _signature(request_id, key)
            if hmac.compare_digest(sign.encode("utf-8", "replace"), expected.encode()):
                return request_id
    return ""


def is_ours(address: str, mail_from: str) -> bool:
    """True for our own sender address, with or without a plus."""
    local, _, domain = address.lower().rpartition("@")
    own, _, own_domain = parseaddr(mail_from)[1].lower().rpartition("@")
    return bool(own) and (local.partition("+")[0], domain) == (own.partition("+")[0], own_domain)


def _signature(request_id: str, key: bytes) -> str:
    digest = hmac.digest(key, request_id.encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:_SIGNS]
