"""Why an endpoint gave no answer, in words for a person; never the text of its error."""

from __future__ import annotations

_LOOK = "Look at the address, the model's name and the key."
_WORDS = {
    "AuthenticationError": ("refused the key", "Give the key anew, without spaces around it."),
    "PermissionDeniedError": ("does not let this key in", "Ask whoever runs it for access."),
    "NotFoundError": ("does not know this address or model", _LOOK),
    "BadRequestError": ("did not accept the request", "Look at the model's name."),
    "UnprocessableEntityError": ("did not accept the request", "Look at the model's name."),
    "RateLimitError": (
        "has had too many requests, or its quota is used up",
        "Wait a minute, or ask whoever runs it.",
    ),
    "InternalServerError": ("has an error of its own", "Try again later, or look at its log."),
    "APIConnectionError": ("cannot be reached", "Is it running, and is the address right?"),
    "APITimeoutError": ("took too long to answer", "A smaller or nearer model would be quicker."),
    "TimeoutError": ("took too long to answer", "A smaller or nearer model would be quicker."),
    "Cut": ("broke off in the middle of an answer", "Try again, or look at its log."),
}
_ODD = ("answered in a form that cannot be read", "Is it a server for the chat protocol of OpenAI?")


def kind(error: BaseException) -> str:
    """The kind of a failure, by its name or by that of what it derives from."""
    names = [found.__name__ for found in type(error).__mro__]
    return next((name for name in names if name in _WORDS), names[0])


def told(failed: str) -> tuple[str, str]:
    """What went wrong, to follow the endpoint's name, and what to do.

    Args:
        failed: kind of the failure, as `client.Reply.failed` names it.
    """
    return _WORDS.get(failed, _ODD)
