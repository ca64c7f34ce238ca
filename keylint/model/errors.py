"""What can go wrong outside of what a rule judges.

KeylintError            exit 2: nothing was judged; says what to do next
├── UsageError          wrong options, unreadable file
└── PolicyError         a broken policy or settings file, with its place
OptionError             an option that a rule does not take; the policy says where it stands
Refusal                 one key could not be read: `diff` goes on with the others
ForbiddenCall           a request that the facts do not list: a defect, never sent
"""

from keylint.model.finding import Reason
from keylint.model.source import Path


class KeylintError(Exception):
    """Stops the run before anything is judged; the text is for the person who ran it."""


class UsageError(KeylintError):
    """Wrong options, or a file that cannot be opened."""


class PolicyError(KeylintError):
    """A policy or settings file that does not mean anything; the text starts with file:line:column."""


class OptionError(Exception):
    """A value that an option of a rule does not take; `path`: the way to it from the rule's setting."""

    def __init__(self, path: Path, message: str, hint: str) -> None:
        """Take the place within the options, what is wrong and how to mend it."""
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


class Refusal(Exception):  # noqa: N818 - it is what the exchange did, not an error of ours
    """An exchange gave no usable answer about a key.

    `gone` is True where the answer says that it does not know the key at all. `code`: that of the facts, «» where none
    was recognised. `address`: from which the exchange says that it was asked. `skew_ms`: see `LiveKey`.
    """

    def __init__(
        self, reason: Reason, message: str, hint: str = "", *, gone: bool = False, code: str = "", address: str = ""
    ) -> None:
        """Take the reason and a message without anything secret in it."""
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.hint = hint
        self.gone = gone
        self.code = code
        self.address = address
        self.skew_ms: int | None = None


class ForbiddenCall(Exception):  # noqa: N818 - says what was tried
    """Something asked the HTTP door for a call that the exchange's facts do not list."""
