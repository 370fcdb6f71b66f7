"""What an e-mail address says about an organisation, and when it says nothing.

Addresses of free providers and of code hosts' privacy services belong to a person, never to an employer: such a domain
can not be declared as corporate, and `copartner init` lists its addresses apart.
"""

from __future__ import annotations

import re
from typing import Final

_FREE_MAIL: Final = """
    126.com 139.com 163.com 21cn.com aliyun.com aol.com arcor.de btinternet.com comcast.net cox.net daum.net
    duck.com email.com fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com
    gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.fr hotmail.it
    hushmail.com icloud.com inbox.ru laposte.net libero.it list.ru live.cn live.co.uk live.com live.de live.fr
    live.nl mac.com mail.com mail.de mail.ru mailbox.org me.com msn.com naver.com o2.pl online.de orange.fr
    outlook.com outlook.de outlook.fr pm.me posteo.de posteo.net proton.me protonmail.ch protonmail.com qq.com
    rambler.ru rediffmail.com riseup.net rocketmail.com seznam.cz sina.com sohu.com t-online.de tuta.io
    tutanota.com tutanota.de ukr.net verizon.net virgilio.it wanadoo.fr web.de wp.pl ya.ru yahoo.ca yahoo.co.in
    yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it
    yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
FREE_MAIL: Final = frozenset(_FREE_MAIL.split())

CODE_HOST_MAIL: Final = frozenset({"users.noreply.github.com", "noreply.github.com", "users.noreply.gitlab.com"})

_DOMAIN: Final = re.compile(r"[^\s@/:.,;*<>\"']+(\.[^\s@/:.,;*<>\"']+)+")
_NOBODYS: Final = re.compile(
    r"(.*\.(local|localdomain|lan|home|internal|invalid|\(none\))"
    r"|[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"  # the repository id git-svn writes after the @
    r"|\d+(\.\d+){3})"
)

BOT_PATTERNS: Final = (
    # id, pattern on the raw author e-mail, pattern on the raw author name
    ("dependabot", "*dependabot*@*", "dependabot*"),
    ("renovate", "*renovate*@*", "renovate*"),
    ("github-actions", "*github-actions*@*", "github-actions*"),
    ("pre-commit-ci", "*pre-commit-ci*@*", "pre-commit-ci*"),
    ("jenkins", "jenkins@*", "jenkins"),
    ("gitlab-bot", "gitlab-bot@*", "gitlab bot"),
    ("greenkeeper", "*greenkeeper*@*", "greenkeeper*"),
    ("pyup", "*pyup-bot@*", "pyup-bot"),
    ("snyk", "snyk-bot@*", "snyk-bot"),
    ("weblate", "hosted@weblate.org", "weblate"),
    ("semantic-release", "semantic-release-bot@*", "semantic-release-bot"),
    ("openstack-proposal-bot", "openstack-infra@lists.openstack.org", "openstack proposal bot"),
    ("any-app", "*[bot]@*", "*[bot]"),
    ("any-bot", "*-bot@*", ""),
)
"""Machine accounts `copartner init` recognises, first match first; only ``*`` is special."""


def domain_of(email: str) -> str:
    """The lower-cased part after the last ``@``; empty where there is none."""
    return email.rpartition("@")[2].strip().lower() if "@" in email else ""


def is_free_mail(domain: str) -> bool:
    """Whether the domain (lower case) is a free mail provider's or a code host's privacy service."""
    return domain in FREE_MAIL or domain in CODE_HOST_MAIL or domain.endswith(".noreply.github.com")


def is_corporate(domain: str) -> bool:
    """Whether the domain can say for which organisation somebody works."""
    return _DOMAIN.fullmatch(domain) is not None and _NOBODYS.fullmatch(domain) is None and not is_free_mail(domain)


def is_domain(text: str) -> bool:
    """Whether the text has the form of an e-mail domain: two or more labels (lower case)."""
    return _DOMAIN.fullmatch(text) is not None
