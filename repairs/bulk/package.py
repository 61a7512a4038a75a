"""The container of an untrusted .xlsx file: a zip of XML parts, opened within limits.

The zip directory is checked before anything is inflated. Then each part goes through expat once, as
a stream: no tree, no DTD (so no entities). One budget of bytes, tags, escapes and names holds for the whole
file, whichever parts spend it: no file costs more than a second of a core.
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
MAX_INFLATED = 48 * MEGABYTE  # of all parts read; a million formatted blank rows are some 40 MB
MAX_PARSED = 12 * MEGABYTE  # of them through expat
MAX_INDEX = 1 * MEGABYTE
MAX_TAGS = 300_000  # opening and closing; a thousand rows of 40 columns, each text its own
MAX_ESCAPES = 100_000  # `_x000D_` in texts
MAX_NAMES = 2000  # of elements and attributes; expat keeps each
MAX_DEPTH = 100  # expat keeps what is open; Office stays under 20
MAX_TOKEN = 64 * 1024  # a tag or a comment; text comes in pieces
MAX_PIECES = 2000  # of one text; a cell holds 32 KB at most
CHUNK = 256 * 1024


class NotXlsxError(Exception):
    """The bytes are not an .xlsx that this service reads."""


class Package:
    """The zip container; parts are found by name in any letter case, and read once each."""

    def __init__(self, content: bytes) -> None:
        # Counted before zipfile builds an object for each; the count cannot be lied about.
        if not content.startswith(b"PK\x03\x04") or content.count(b"PK\x01\x02") > MAX_PARTS:
            raise NotXlsxError
        self._archive = ZipFile(BytesIO(content))
        self._unread: dict[str, ZipInfo] = {}
        for info in self._archive.infolist():
            name = info.filename.replace("\\", "/").lower()
            if name in self._unread or _is_suspicious(name, info):
                raise NotXlsxError
            self._unread[name] = info
        if sum(info.file_size for info in self._unread.values()) > MAX_TOTAL:
            raise NotXlsxError
        self._inflated = MAX_INFLATED
        self._parsed = MAX_PARSED
        self._tags = MAX_TAGS
        self._escapes = MAX_ESCAPES
        self.names: dict[str, str] = {}  # where every parser of this file keeps the names it meets

    def chunks(self, name: str, limit: int) -> Iterator[bytes]:
        """The part's bytes. Raises NotXlsxError past `limit` bytes, even if the directory declares fewer;
        LookupError for a part that is absent or was read before."""
        with self._archive.open(self._unread.pop(name.lower())) as part:
            while chunk := part.read(CHUNK):
                limit -= len(chunk)
                self._inflated -= len(chunk)
                if limit < 0 or self._inflated < 0:
                    raise NotXlsxError
                yield chunk

    def spend(self, chunk: bytes) -> None:
        """Takes what parsing `chunk` costs from the file's budget; raises NotXlsxError past it."""
        self._parsed -= len(chunk)
        # These bytes begin a tag, and end one without content, in every encoding that expat reads.
        self._tags -= chunk.count(b"<") + chunk.count(b"/>")
        self._escapes -= chunk.count(b"_x")
        if min(self._parsed, self._tags, self._escapes) < 0 or len(self.names) > MAX_NAMES:
            raise NotXlsxError

    def relations(self, source: str) -> "Relations":
        """The parts that `source` names."""
        folder, name = posixpath.split(source)
        found = Relations()
        for element, attributes in elements(self, posixpath.join(folder, "_rels", f"{name}.rels")):
            if element == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))[1:]
                found.append((attributes["Id"], attributes.get("Type", "").rpartition("/")[2], target))
        return found


class Relations(list[tuple[str, str, str]]):
    """The relations of a part: ID, kind ("worksheet", ...), name of the part meant."""

    def of(self, kind: str) -> dict[str, str]:
        """The parts of that kind by ID."""
        return {identifier: target for identifier, a_kind, target in self if a_kind == kind}

    def only(self, kind: str, default: str | None = None) -> str:
        """The part of that kind, of which there is one. Raises NotXlsxError for several, and for
        none without a default."""
        names = set(self.of(kind).values())
        if default is not None:
            names = names or {default}
        if len(names) != 1:
            raise NotXlsxError
        return names.pop()


def _is_suspicious(name: str, info: ZipInfo) -> bool:
    is_bomb = info.file_size > max(MEGABYTE, MAX_RATIO * info.compress_size)
    is_encrypted = bool(info.flag_bits & 0x1)
    is_macro = name.endswith("vbaproject.bin")
    return is_bomb or is_encrypted or is_macro or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED)


class Part:
    """Streams a part through expat; subclasses hear `start` and `end` of each element."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._depth = 0
        self._text: list[str] = []  # what has been heard of a text so far
        self._parser = ParserCreate(intern=package.names)
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
        try:
            for chunk in chunks:
                self._package.spend(chunk)
                self._parser.Parse(chunk)
                fed += len(chunk)
                # expat scans an unfinished token again with each chunk: one of 60 MB takes half a minute.
                is_huge = fed - self._parser.CurrentByteIndex > MAX_TOKEN
                if is_huge or self._depth > MAX_DEPTH or len(self._text) > MAX_PIECES:
                    raise NotXlsxError
                yield
            self._parser.Parse(b"", True)
            yield
        finally:
            del self._parser  # they hold each other: what was read would stay until a collection

    def enter(self, name: str, attributes: dict[str, str]) -> None:
        """Counts an element that begins."""
        self._depth += 1

    def leave(self, name: str) -> None:
        """Counts an element that ends."""
        self._depth -= 1

    start, end = enter, leave


class _Elements(Part):
    def __init__(self, package: Package) -> None:
        super().__init__(package)
        self.heard: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        self.heard.append((local(name), attributes))


def elements(package: Package, name: str, limit: int = MAX_INDEX) -> Iterator[tuple[str, dict[str, str]]]:
    """A part's elements as they begin, by name and attributes."""
    part = _Elements(package)
    for _ in part.feed(package.chunks(name, limit)):
        yield from part.heard
        part.heard.clear()


def local(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]
