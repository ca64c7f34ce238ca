"""Hands a source to the YAML parser piece by piece, each piece checked."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

_CHUNK = 1 << 16
_CONTINUATION, _CONTINUES = 0xC0, 0x80
_CONTROL = bytes({*range(32), 127} - {9, 10, 13})
# A byte-order mark inside a text, what ISO 6429 calls C1, and the line ends that editors do not count as such.
_STRANGE = re.compile("[\ufeff\x80-\x9f\u2028\u2029\ufffe\uffff]")
_REMOVE, _SAVE = "remove it", "save the file as UTF-8"


class BadText(Exception):  # noqa: N818 - it is the text that is wrong
    """A byte that may not stand in a file, by its offset, and what to do about it."""

    def __init__(self, offset: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.offset, self.hint = offset, hint


class Feed:
    """Hands the bytes of a source to libyaml, each chunk checked: UTF-8, and nothing that hides from an editor."""

    name = "source"

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def read(self, _size: int) -> bytes:
        """Return the next piece; BadText for a byte that may not stand there."""
        start, end = self.position, self.position + _CHUNK
        data = self.data
        if start == 0 and data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise BadText(0, "not UTF-8 but UTF-16", _SAVE)
        while start < end < len(data) and data[end] & _CONTINUATION == _CONTINUES and end - start < _CHUNK + 4:
            end += 1  # a character must not be cut in two
        chunk = data[start:end]
        if len(chunk.translate(None, _CONTROL)) != len(chunk):
            at = next(i for i, byte in enumerate(chunk) if byte in _CONTROL)
            raise BadText(start + at, f"control character U+{chunk[at]:04X}", _REMOVE if chunk[at] else _SAVE)
        if not chunk.isascii():
            try:
                text = chunk.decode("utf-8")
            except UnicodeDecodeError as error:
                raise BadText(start + error.start, f"not UTF-8: byte 0x{chunk[error.start]:02X}", _SAVE) from None
            if strange := _STRANGE.search(text):
                at = len(text[: strange.start()].encode())
                raise BadText(start + at, f"control character U+{ord(strange[0]):04X}", _REMOVE)
        self.position = start + len(chunk)
        return chunk
