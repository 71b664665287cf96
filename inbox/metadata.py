"""Takes out of a picture's file what is not the picture, without touching a pixel.

Each function walks the file's own parts and keeps those that are needed to draw it: places,
cameras, names, comments, stale thumbnails and whatever is appended stay behind because nobody asks
for them. All raise `ValueError` or `struct.error` for a file that breaks off.

Formats: ITU T.81 annex B (JPEG), W3C PNG third edition, RFC 9649 (WebP), GIF89a.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset([b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"])
_WEBP_FRAME_KEPT = frozenset([b"VP8 ", b"VP8L", b"ALPH"])
_WEBP_FRAME_HEADER = 16
_WEBP_EXIF_AND_XMP = 0b00001100
_GIF_APPLICATIONS = frozenset([b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"])
_JPEG_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])
_SOI, _EOI, _SOS, _COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP2, _APP14, _APP15 = 0xE0, 0xE2, 0xEE, 0xEF
_JFIF_WITHOUT_THUMBNAIL = 14


def bare_jpeg(content: bytes) -> bytes:
    """A JPEG of its tables and scans, colour profile and the colour transform's mark."""
    kept = [b"\xff\xd8"]
    for marker, part in _jpeg_parts(content):
        if marker == _APP0:
            # A thumbnail in there may show what was cut off the picture.
            if part[4:9] == b"JFIF\0":
                header = part[4 : _JFIF_WITHOUT_THUMBNAIL + 2] + b"\0\0"
                kept.append(b"\xff\xe0" + struct.pack(">H", len(header) + 2) + header)
        elif _is_kept_in_jpeg(marker, part):
            kept.append(part)
    return b"".join([*kept, b"\xff\xd9"])


def _is_kept_in_jpeg(marker: int, part: bytes) -> bool:
    if marker == _APP2:
        return part[4:16] == b"ICC_PROFILE\0"
    if marker == _APP14:
        return part[4:9] == b"Adobe"
    return marker != _COM and not _APP0 <= marker <= _APP15


def _jpeg_parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each part between the beginning and the end of the (first) image."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("a part without a marker")
        while content[at] == 0xFF:
            at += 1
        marker = content[at]
        at += 1
        if marker == _EOI:
            return
        if marker in _JPEG_STANDALONE:
            continue
        (size,) = struct.unpack_from(">H", content, at)
        if size < 2 or at + size > len(content):
            raise ValueError("a part that breaks off")
        at += size
        part_start = at - size - 2
        if marker == _SOS:
            at = _end_of_scan(content, at)
        yield marker, content[part_start:at]


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker stands that is neither a stuffed byte nor a restart."""
    while True:
        at = content.index(b"\xff", at)
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def bare_png(content: bytes) -> bytes:
    """A PNG of the chunks that say what to draw and in which colours."""
    if content[:8] != _PNG_SIGNATURE:
        raise ValueError("no PNG")
    kept, at = [_PNG_SIGNATURE], 8
    while True:
        size, name = struct.unpack_from(">I4s", content, at)
        end = at + 12 + size
        if end > len(content):
            raise ValueError("a chunk that breaks off")
        if name in _PNG_KEPT:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end


def bare_webp(content: bytes) -> bytes:
    """A WebP of its pictures, frames and colour profile."""
    riff, size, kind = struct.unpack_from("<4sI4s", content)
    if riff != b"RIFF" or kind != b"WEBP":
        raise ValueError("no WebP")
    kept = []
    for name, data in _riff_chunks(content[12 : 8 + size], _WEBP_KEPT):
        if name == b"VP8X":
            kept.append(_riff(name, bytes([data[0] & ~_WEBP_EXIF_AND_XMP]) + data[1:]))
        elif name == b"ANMF":
            frame = _riff_chunks(data[_WEBP_FRAME_HEADER:], _WEBP_FRAME_KEPT)
            parts = b"".join(_riff(*chunk) for chunk in frame)
            kept.append(_riff(name, data[:_WEBP_FRAME_HEADER] + parts))
        else:
            kept.append(_riff(name, data))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _riff_chunks(content: bytes, kept: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if at + size > len(content):
            raise ValueError("a chunk that breaks off")
        if name in kept:
            yield name, content[at : at + size]
        at += size + size % 2


def _riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def bare_gif(content: bytes) -> bytes:
    """A GIF of its frames, their timing and how often they are repeated."""
    if content[:6] not in {b"GIF87a", b"GIF89a"}:
        raise ValueError("no GIF")
    at = 13 + _colour_table(content[10])
    kept = [content[:at]]
    while content[at] != 0x3B:
        start = at
        if content[at] == 0x2C:
            at = _after_blocks(content, at + 11 + _colour_table(content[at + 9]))
            is_kept = True
        elif content[at] == 0x21:
            is_application = content[at + 1] == 0xFF
            is_kept = content[at + 1] == 0xF9 or (
                is_application and content[at + 3 : at + 14] in _GIF_APPLICATIONS
            )
            at = _after_blocks(content, at + 2)
        else:
            raise ValueError("a block of no known kind")
        if is_kept:
            kept.append(content[start:at])
    return b"".join([*kept, b";"])


def _colour_table(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while size := content[at]:
        at += size + 1
    return at + 1
