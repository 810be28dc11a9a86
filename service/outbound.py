"""Going out to an address that somebody else named: never into our own network, never on to another address, never for long."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from models.errors import Malformed, Refused

TIMEOUT = httpx.Timeout(5, read=10)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadWebhookAddress(Malformed):
    """An address is none that messages may be sent to."""

    code = "webhook.address"


class InwardAddress(Refused):
    """A name leads into a network that is not the public one."""

    code = "webhook.inward"


@dataclass(frozen=True)
class Outside:
    """Whether plain HTTP and addresses of private networks are allowed here: for a house whose consumers are on its own network."""

    allows_private: bool = False

    def check(self, url: str) -> None:
        """Refuse an address by its form, before anything is asked of the network. Raises `webhook.address`."""
        parts = urlsplit(url)
        schemes = {"https", "http"} if self.allows_private else {"https"}
        try:
            sound = parts.scheme in schemes and parts.hostname and (parts.port or 1) > 0 and not parts.username and not parts.fragment
        except ValueError:
            sound = False
        if not sound or len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url:
            raise BadWebhookAddress(
                "Messages go to an https address such as https://platform.example/hooks, without a name or password in it"
                f"{' (http is allowed here too)' if self.allows_private else ''}."
            )

    def resolve(self, host: str, port: int) -> str:
        """One address of a host, once all of them are public; the connection goes to that one. Raises `webhook.inward`."""
        found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        for text in sorted(found):
            if not self.allows_private and not is_public(ipaddress.ip_address(text.split("%")[0])):
                raise InwardAddress(f"{host} leads to {text}, which is not on the public network. Name an address that others can reach.")
        return min(found)

    def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        """Send, and give the status; what is answered beyond it is not read, and a redirection is not followed.

        The name is resolved once, and the connection goes to what was judged: a name that changes meanwhile changes nothing.
        """
        self.check(url)
        target = httpx.URL(url)
        pinned = target.copy_with(host=self.resolve(target.host, target.port or (443 if target.scheme == "https" else 80)))
        sent = {**headers, "Host": target.netloc.decode(), "User-Agent": "qcredit-webhooks"}
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
            request = client.build_request("POST", pinned, headers=sent, content=body, extensions={"sni_hostname": target.host})
            answer = client.send(request, stream=True)
            answer.close()
        return answer.status_code


def is_public(address: Address) -> bool:
    """Whether an address is on the public network, whichever way it is written: mapped and tunnelled ones too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
