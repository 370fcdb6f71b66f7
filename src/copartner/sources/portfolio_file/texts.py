"""The texts a portfolio holds (ids, e-mails, domains, path patterns, locations …): what each must look like.

A check returns what is wrong and what to write instead, or nothing.
"""

from __future__ import annotations

import re
from typing import Final

from copartner.sources.portfolio_file.identifiers import duns_problem, lei_problem, vat_problem
from copartner.sources.portfolio_file.kinds import Checked, Text, quoted
from copartner.sources.portfolio_file.mail_domains import is_domain, is_free_mail

_ID = r"[a-z0-9][a-z0-9._-]*"
_DIGEST = r"sha256:[0-9a-f]{64}"


def _check_id(text: str) -> Checked:
    if re.fullmatch(_ID, text):
        return None
    slug = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    remedy = (
        f'Write "{slug}", and the readable form in name.' if slug else "Write lower-case letters, digits and dashes."
    )
    return f"{quoted(text)} is no id (lower-case letters, digits, dash, dot, underscore)", remedy


def _check_email(text: str) -> Checked:
    if text.lower().startswith("sha256:"):
        if re.fullmatch(_DIGEST, text.lower()):
            return None
        return "is no sha256 digest", "Write sha256: and the 64 hexadecimal digits of the lower-cased address's digest."
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return "looks like a digest without its name", f'Write "sha256:{text.lower()}".'
    contact = re.fullmatch(r".*<([^<>\s]+@[^<>\s]+)>", text)
    if contact is not None:
        return f"{quoted(text)} holds more than an address", f'Write "{contact[1].lower()}".'
    if re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", text):
        return None
    return f"{quoted(text)} is no e-mail address", "Write one address, as mara@hansekontor.example."


def _check_domain(text: str) -> Checked:
    bare = re.sub(r"^([a-z]+://|@|.*@|\*\.)", "", text.lower()).split("/")[0]
    if not is_domain(bare):
        return f"{quoted(text)} is no e-mail domain", "Write the part after the @, as hansekontor.example."
    if bare != text.lower():
        return f"{quoted(text)} is more than an e-mail domain", f'Write "{bare}"; its subdomains are included.'
    if is_free_mail(bare):
        return (
            f"{bare} is a free mail provider and says nothing about an organisation",
            "List the addresses under the emails of each person instead.",
        )
    return None


def _check_email_pattern(text: str) -> Checked:
    if re.fullmatch(_DIGEST, text.lower()):
        return None
    if not text.replace("*", "").replace("@", "").strip():
        return f"{quoted(text)} matches everybody", 'Write a narrower pattern, as "renovate@*".'
    if "@" not in text and "*" not in text:
        return f"{quoted(text)} matches no e-mail address", f'Write "{text}@*", or list it under names.'
    return None


def _check_name_pattern(text: str) -> Checked:
    if text.replace("*", "").strip():
        return None
    return f"{quoted(text)} matches everybody", 'Write a narrower pattern, as "*[bot]".'


def _check_glob(text: str) -> Checked:
    if "\\" in text:
        return f"{quoted(text)} holds a backslash", f'Write "{text.replace(chr(92), "/")}": folders are separated by /.'
    if text.startswith("/"):
        return f"{quoted(text)} is absolute", f'Write "{text.lstrip("/") or "**"}", relative to the repository.'
    if text.startswith("!"):
        return f"{quoted(text)} negates with !", f'Write "{text[1:]}" under exclude.'
    parts = text.split("/")
    if ".." in parts or "." in parts:
        return f"{quoted(text)} leaves the repository or stands still", "Write the path without . and .. parts."
    if text.endswith("/"):
        return f"{quoted(text)} names a folder, which holds no lines", f'Write "{text}**" for everything below it.'
    if "" in parts:
        return f"{quoted(text)} has an empty part between slashes", f'Write "{"/".join(p for p in parts if p)}".'
    if any("**" in part and part != "**" for part in parts):
        fixed = "/".join("**/" + p.replace("**", "*") if "**" in p and p != "**" else p for p in parts)
        return f"{quoted(text)} has ** next to other characters", f'Put ** between slashes, e.g. "{fixed}".'
    if re.search(r"\[[^\]]*$", text):
        return f"{quoted(text)} has an opening bracket without its end", 'Close it with ], or write "?" for it.'
    return None


def _check_location(text: str) -> Checked:
    remedy = "Write a path relative to this file, or an https, ssh or git URL."
    if text.startswith("-"):
        return f"{quoted(text)} would be read as an option by git", "Write ./ before it."
    url = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://(?:([^/@]*)@)?", text)
    if url is None:
        if re.match(r"[A-Za-z][A-Za-z0-9+-]*::", text):
            return f"{quoted(text)} names a program as transport, which is never run", remedy
        return None
    if url[1].lower() not in {"https", "http", "ssh", "git", "file"}:
        return f"{quoted(url[1])} is no transport that is read from", remedy
    if url[2] and ":" in url[2]:
        return (
            "holds a password or token, which does not belong in a portfolio",
            "Remove it and let git's credential helper supply it.",
        )
    return None


def _check_revision(text: str) -> Checked:
    if text.startswith("-") or ".." in text or re.search(r"[\s~^:?*\[\\]", text):
        return f"{quoted(text)} is no branch, tag or commit", "Write one name, as main or v1.2.0."
    return None


IDENTIFIER: Final = Text("an id", _check_id, f"^{_ID}$")
NAME: Final = Text("a name")
NOTE: Final = Text("a line of text")
EMAIL: Final = Text(
    "an e-mail address", _check_email, r"^([sS][hH][aA]256:[0-9a-fA-F]{64}|[^\s@<>,;]+@[^\s@<>,;]+)$", lower=True
)
DOMAIN: Final = Text("an e-mail domain", _check_domain, r"^[^\s@/:.,;*]+(\.[^\s@/:.,;*]+)+$", lower=True)
EMAIL_PATTERN: Final = Text("an e-mail address or pattern", _check_email_pattern, lower=True)
NAME_PATTERN: Final = Text("a name or pattern", _check_name_pattern)
GLOB: Final = Text("a path pattern", _check_glob, r"^(?!/)(?!!)(?!.*\\)(?!.*/$).+$")
LOCATION: Final = Text("a path or URL", _check_location)
REVISION: Final = Text("a branch, tag or commit", _check_revision, r"^[^-\s~^:?*\[\\][^\s~^:?*\[\\]*$")
LEI: Final = Text("an LEI", lei_problem, r"^[A-Z0-9]{18}[0-9]{2}$")
DUNS: Final = Text("a D-U-N-S number", duns_problem, r"^[0-9-]{9,11}$")
VAT: Final = Text("a VAT number", vat_problem, r"^[A-Z]{2}[A-Z0-9 .+*-]{2,20}$")
