"""How the pages join the application: routers, built assets, and errors in words for people with a browser."""

from importlib import import_module

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from service.shell import failures, language
from service.shell.rendering import BUILT, STATIC_URL

PAGES = (
    "entry",
    "term",
    "setting",
    "trust",
    "card",
    "decide",
    "voice",
    "reviews",
    "uploads",
    "upload_mapping",
    "upload_types",
    "who_saw",
    "data_requests",
    "subject_copies",
    "model",
    "models",
    "rule",
    "setup",
    "admin",
    "accounts",
    "joining",
    "account",
    "packs",
    "help",
)
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
    for name in PAGES:
        app.include_router(import_module(f"service.web.pages.{name}").router)
    app.mount(STATIC_URL, Built(directory=BUILT, check_dir=False), name="static")
    failures.install(app)
    app.add_middleware(language.Speaking)
