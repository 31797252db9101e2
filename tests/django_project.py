"""The settings of Django, which a process can make only once."""

from __future__ import annotations

import functools

import django
from django.conf import settings


@functools.cache
def set_up_django() -> None:
    settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="x", USE_TZ=True)
    django.setup()
