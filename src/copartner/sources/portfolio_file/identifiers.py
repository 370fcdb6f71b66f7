"""Identifiers of legal entities: what can be checked without asking a register.

LEI: ISO 17442, 18 characters and two check digits, valid if the number spelled with A=10 … Z=35 leaves 1 modulo 97
(ISO/IEC 7064 MOD 97-10). D-U-N-S: nine digits; its check digit is no longer guaranteed by the issuer, so it is not
tested. VAT: the patterns of the European Commission's VIES service; a country outside the list passes by its letters.
"""

from __future__ import annotations

import re
from typing import Final

_VAT: Final = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CH": r"E\d{9}(MWST|TVA|IVA)?",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
    "GB": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"(\d[A-Z0-9+*]\d{5}[A-Z]|\d{7}[A-Z]{1,2})",
    "IT": r"\d{11}",
    "LT": r"(\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"\d{9}B\d{2}",
    "NO": r"\d{9}(MVA)?",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{10}01",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(\d{9}|\d{12}|GD\d{3}|HA\d{3})",
}


def lei_problem(lei: str) -> tuple[str, str] | None:
    """Message and remedy if ``lei`` is no legal entity identifier, else ``None``."""
    if not re.fullmatch(r"[A-Z0-9]{18}[0-9]{2}", lei):
        return (
            "is no LEI (ISO 17442: 18 capital letters or digits, then 2 check digits)",
            "Copy the 20 characters from the GLEIF register.",
        )
    if lei_remainder(lei) != 1:
        return "has wrong check digits for an LEI (ISO 17442)", "Copy it again from the GLEIF register: it has a typo."
    return None


def lei_remainder(lei: str) -> int:
    """The number spelled by ``lei`` modulo 97; 1 for a valid one."""
    return int("".join(str(int(character, 36)) for character in lei)) % 97


def duns_problem(duns: str) -> tuple[str, str] | None:
    """Message and remedy if ``duns`` is not nine digits (dashes allowed), else ``None``."""
    if re.fullmatch(r"\d{9}", duns.replace("-", "")):
        return None
    return "is no D-U-N-S number (9 digits)", "Write the nine digits in quotes, with leading zeros."


def vat_problem(vat: str) -> tuple[str, str] | None:
    """Message and remedy if ``vat`` does not have the form of its country, else ``None``."""
    compact = re.sub(r"[ .\-]", "", vat)
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9+*]{2,14}", compact):
        return (
            "is no VAT number (two letters of the country, then the number)",
            'Write it with the country in front, e.g. "DE123456789".',
        )
    country, number = compact[:2], compact[2:]
    if country == "GR":
        return "has GR for Greece, whose VAT numbers start with EL", f'Write "EL{number}".'
    pattern = _VAT.get(country)
    if pattern is None or re.fullmatch(pattern, number):
        return None
    return f"has not the form of a VAT number of {country}", "Copy it again from an invoice of the partner."
