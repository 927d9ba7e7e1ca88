"""How the pages join the application: routers, built assets, and errors in words for people with a browser."""

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from service.accounts import entry_pages, joining_pages, own_pages
from service.accounts import pages as accounts
from service.app import help_pages, setup_pages
from service.audit import pages as audit
from service.lists import pages as lists
from service.lists import rule_pages
from service.models import pages as models
from service.models import trained_pages
from service.operations import waiting_pages
from service.packs import pages as packs
from service.pupils import decide_pages, reviews_pages, voice_pages
from service.pupils import pages as pupils
from service.rights import copy_pages
from service.rights import pages as rights
from service.schools import pages as schools
from service.setting import pages as setting
from service.setting import trust_pages
from service.shell import failures, language
from service.shell.rendering import BUILT, STATIC_URL
from service.support import menu_pages
from service.uploads import mapping_pages, types_pages
from service.uploads import pages as uploads

PAGES = (
    entry_pages, lists, setting, trust_pages, pupils, decide_pages, voice_pages, reviews_pages, uploads,
    mapping_pages, types_pages, audit, rights, copy_pages, waiting_pages, models, trained_pages, rule_pages,
    setup_pages, schools, menu_pages, accounts, joining_pages, own_pages, packs, help_pages,
)  # fmt: skip
"""In this order: the first address that fits a request answers it."""
CACHED = "public, max-age=31536000, immutable"


class Built(StaticFiles):
    """Built assets: their names carry a hash of their content, so they never go stale."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file with a long life in the reader's cache."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = CACHED
        return response


def mount(app: FastAPI) -> None:
    """Add every page to the application; called after the API, whose answers stay as they are."""
    app.include_router(language.router)
    for page in PAGES:
        app.include_router(page.router)
    app.mount(STATIC_URL, Built(directory=BUILT, check_dir=False), name="static")
    failures.install(app)
    app.add_middleware(language.Speaking)
