"""What did not work, in words for a person with a browser, and what to do next; machines get a problem."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from data_contracts.errors import BelongError
from service.core.engine import DataError
from service.core.permissions import NotSignedIn, SecondFactorDue
from service.shell import answers
from service.shell.access import SAFE_METHODS, caller_of
from service.shell.frames import frame_for
from service.shell.language import came_from
from service.shell.messages import N_, SOURCE, _, offering, speaking
from service.shell.rendering import Frame, Page, render
from service.shell.sent_forms import SentBefore

Answer = Callable[[Request, Exception], Response]
OUTSIDE_PAGES = ("/api/", "/static/", "/healthz", "/readyz")
TITLES = {
    403: N_("You can’t open this"),
    404: N_("We can’t find this"),
    405: N_("This address can’t do that"),
    409: N_("This has to wait"),
    413: N_("Too much at once"),
    429: N_("Too many attempts"),
}
"""Titles by status; everything else is something to correct."""
NO_SUCH_PAGE = N_("There is no page at this address. It may have been mistyped, or the page may have moved.")
WRONG_WAY = N_("This page can’t be opened in this way, for example because a form was reloaded.")


@dataclass(frozen=True)
class MessagePage(Page):
    """A message with a way on."""

    template: ClassVar[str] = "shell/message.html"

    words: str
    hint: str = ""
    back: str = "/"
    back_words: str = N_("Go to your start page")


def install(app: FastAPI) -> None:
    """Answer errors of pages with pages; called after the API's own handlers, which others still get."""
    app.add_exception_handler(BelongError, _in_english(_told))
    app.add_exception_handler(HTTPException, _in_english(_missing))
    app.add_exception_handler(RequestValidationError, _in_english(_incomplete(app)))
    app.add_exception_handler(DataError, _in_english(_cannot_be_kept))
    app.add_exception_handler(Exception, _in_english(_our_mistake))


def _in_english(answer: Answer) -> Answer:
    """What did not work is told in one language: the reasons for it exist in English only."""

    def said(request: Request, error: Exception) -> Response:
        speaking.set(SOURCE)
        offering.set((SOURCE,))
        return answer(request, error)

    return said


def _told(request: Request, error: Exception) -> Response:
    """An error a person can act on."""
    assert isinstance(error, BelongError)
    if not _for_a_person(request):
        return answers.for_error(request, error)
    if isinstance(error, NotSignedIn):
        return RedirectResponse(f"/sign-in?next={quote(_wanted(request))}&away={_was_in(request):d}", 303)
    if isinstance(error, SecondFactorDue) and request.method in SAFE_METHODS:
        return RedirectResponse("/account", 303)
    if isinstance(error, SentBefore) and error.location:
        return RedirectResponse(error.location, 303)
    answer = _page(request, error.http_status, error.message, error.hint)
    if (seconds := getattr(error, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not _for_a_person(request):
        return answers.problem(request, error.status_code, str(error.detail), **dict(error.headers or {}))
    words = {404: _(NO_SUCH_PAGE), 405: _(WRONG_WAY)}.get(error.status_code, str(error.detail))
    return _page(request, error.status_code, words)


def _incomplete(app: FastAPI) -> Answer:
    for_machines = app.exception_handlers[RequestValidationError]

    def said(request: Request, error: Exception) -> Response:
        if not _for_a_person(request):
            return for_machines(request, error)  # type: ignore[return-value]
        return _page(
            request,
            422,
            _("Part of this form or address is missing or can’t be read."),
            _("Go back, fill it in again and send it again. Nothing has been changed."),
        )

    return said


def _cannot_be_kept(request: Request, error: Exception) -> Response:
    """What the database itself won't take, where nothing before it knew."""
    del error
    if not _for_a_person(request):
        return answers.problem(request, 422, answers.CANNOT_BE_KEPT, answers.LOOK_FOR)
    return _page(request, 422, answers.CANNOT_BE_KEPT, answers.LOOK_FOR)


def _our_mistake(request: Request, error: Exception) -> Response:
    """A fault of ours says nothing about itself to the outside."""
    del error
    words, hint = (
        _("There is an error in Belong. It isn’t anything you did."),
        _("Try again. If it happens again, tell your Belong administrator."),
    )
    if not _for_a_person(request):
        return answers.problem(request, 500, words, hint)
    return render(MessagePage(_("Something went wrong"), words=words, hint=hint), Frame(), status=500)


def _page(request: Request, status: int, words: str, hint: str = "") -> Response:
    title = _(TITLES.get(status, N_("Please check this")))
    return render(MessagePage(title, words=words, hint=hint), _frame(request), status=status)


def _frame(request: Request) -> Frame:
    """The reader's own navigation, so that a wrong turn is not the end of the road."""
    try:
        caller = getattr(request.state, "caller", None) or caller_of(request)
    except BelongError:
        return Frame()
    return frame_for(caller, section="", synthetic=False)


def _wanted(request: Request) -> str:
    """Where to go after signing in: what was asked for, or the page whose form can't be sent again."""
    if request.method not in SAFE_METHODS:
        return came_from(request)
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _was_in(request: Request) -> bool:
    return bool(request.cookies)


def _for_a_person(request: Request) -> bool:
    return not request.url.path.startswith(OUTSIDE_PAGES)
