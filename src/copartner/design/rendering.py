"""Where templates are rendered: in a running Django project, or on their own (command line, report).

On its own, Django is configured with just enough to render and translate: no database, no installed applications, no
logging changes. A process that has Django settings keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings

if TYPE_CHECKING:
    from django.template import Engine

PACKAGE = Path(__file__).resolve().parent.parent
LANGUAGES = (("en", "English"), ("de", "Deutsch"))


def prepare() -> None:
    """Make Django usable in a process that has no Django settings. Does nothing where it has."""
    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        return
    settings.configure(
        USE_I18N=True,
        USE_TZ=True,
        LANGUAGE_CODE="en",
        LANGUAGES=LANGUAGES,
        LOCALE_PATHS=sorted(str(path) for path in PACKAGE.glob("*/locale")),
        INSTALLED_APPS=[],
    )
    apps.populate(settings.INSTALLED_APPS)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The template engine over the templates of all rooms, with the design tags built in."""
    from django.template import Engine

    prepare()
    return Engine(
        dirs=sorted(str(path) for path in PACKAGE.glob("*/templates")),
        builtins=["django.templatetags.i18n", "copartner.design.templatetags.design"],
    )


def render(template: str, context: Mapping[str, Any]) -> str:
    """Render a template by name. Raises Django's ``TemplateDoesNotExist`` for an unknown name."""
    from django.template import Context

    return engine().get_template(template).render(Context(dict(context)))
