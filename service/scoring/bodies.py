"""Bodies about the terms of a school."""

from service.shell.bodies import Body


class TermsResponse(Body):
    """Term ids, latest first."""

    loaded: list[str]
    published: list[str]
