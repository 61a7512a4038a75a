"""The container of an .xlsx file that nobody vouches for: a zip of XML parts, behind a guard.

The guard looks at the zip directory before anything is inflated. Then a part goes through expat
as a stream: no tree, no DTD (so no entities), bounded bytes and elements.
"""

import posixpath
from collections.abc import Iterable, Iterator
from io import BytesIO
from xml.parsers.expat import ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

MEGABYTE = 1024 * 1024
MAX_PARTS = 500
MAX_TOTAL = 200 * MEGABYTE  # inflated, as the directory says; most of it is never inflated
MAX_RATIO = 100  # Excel's own files stay under 30; of large parts only
MAX_INDEX = 1 * MEGABYTE
MAX_ELEMENTS = 300_000  # a thousand rows of 100 columns of text
MAX_TOKEN = 1 * MEGABYTE  # a tag or a comment; text comes in pieces
MAX_PIECES = 2000  # of one text; a cell holds 32 KB at most


class NotXlsxError(Exception):
    """The bytes are no .xlsx that this service reads."""


class Package:
    """The zip container behind its guard; parts are found by name, whatever its letter case."""

    def __init__(self, content: bytes) -> None:
        # Counted before zipfile builds an object for each; the count cannot be lied about.
        if not content.startswith(b"PK\x03\x04") or content.count(b"PK\x01\x02") > MAX_PARTS:
            raise NotXlsxError
        self._archive = ZipFile(BytesIO(content))
        self._parts: dict[str, ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/").lower()
            if name in self._parts or _is_suspicious(name, info):
                raise NotXlsxError
            self._parts[name] = info
        if sum(info.file_size for info in self._parts.values()) > MAX_TOTAL:
            raise NotXlsxError

    def chunks(self, name: str, limit: int) -> Iterator[bytes]:
        """The part's bytes; raises NotXlsxError past `limit` bytes, whatever the directory says."""
        with self._archive.open(self._parts[name.lower()]) as part:
            while chunk := part.read(256 * 1024):
                limit -= len(chunk)
                if limit < 0:
                    raise NotXlsxError
                yield chunk

    def related(self, source: str, kind: str) -> dict[str, str]:
        """The parts that `source` names as its `kind` ("worksheet", ...), by relation ID."""
        folder, name = posixpath.split(source)
        relations = elements(self.chunks(posixpath.join(folder, "_rels", f"{name}.rels"), MAX_INDEX))
        return {
            attributes["Id"]: posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))[1:]
            for name, attributes in relations
            if name == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}")
        }


def _is_suspicious(name: str, info: ZipInfo) -> bool:
    is_bomb = info.file_size > max(MEGABYTE, MAX_RATIO * info.compress_size)
    is_encrypted = bool(info.flag_bits & 0x1)
    is_macro = name.endswith("vbaproject.bin")
    return is_bomb or is_encrypted or is_macro or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED)


class Part:
    """Streams a part through expat; subclasses hear `start` and `end` of each element."""

    def __init__(self) -> None:
        self._budget = MAX_ELEMENTS
        self._text: list[str] = []  # what has been heard of a text so far
        self._parser = ParserCreate()
        self._parser.buffer_text = True  # in pieces of 8 KB
        self._parser.StartDoctypeDeclHandler = self._refuse
        # Straight to the listeners: a call between them for each element costs a third more.
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end

    def _refuse(self, *declaration: object) -> None:
        raise NotXlsxError  # Office writes no DTD; without one there are no entities to expand

    def feed(self, chunks: Iterable[bytes]) -> Iterator[None]:
        """Parses chunk by chunk, and stops after each for what was heard."""
        fed = 0
        for chunk in chunks:
            self._parser.Parse(chunk)
            fed += len(chunk)
            # expat scans an unfinished token again with each chunk: one of 60 MB would take half a minute.
            is_huge = fed - self._parser.CurrentByteIndex > MAX_TOKEN
            if is_huge or self._budget < 0 or len(self._text) > MAX_PIECES:
                raise NotXlsxError
            yield
        self._parser.Parse(b"", True)
        yield

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; each takes one from `_budget`."""
        self._budget -= 1

    def end(self, name: str) -> None:
        """An element ends."""


class _Elements(Part):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        self.heard.append((local(name), attributes))


def elements(chunks: Iterable[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """A part's elements as they begin, by name and attributes."""
    part = _Elements()
    for _ in part.feed(chunks):
        yield from part.heard
        part.heard.clear()


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]
