"""Pictures from strangers, and for the public: opened with care, freed of what they tell aside."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from inbox.connectors.types import Upload
from inbox.metadata import bare_gif, bare_jpeg, bare_png, bare_webp

# What a picture of a few kilobytes may unpack to before it is refused.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1280
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# Cameras write several JPEGs into one file, a Multi-Picture Object; the first is the picture.
_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_BARE: Mapping[str, Callable[[bytes], bytes]] = {
    "image/jpeg": bare_jpeg,
    "image/png": bare_png,
    "image/webp": bare_webp,
    "image/gif": bare_gif,
}
_UNTURNED = 1
_SAVED_AS = {
    "image/jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    "image/png": ("PNG", {}),
    "image/webp": ("WEBP", {"quality": 95}),
}


class PictureError(ValueError):
    """What is amiss with a picture: a sentence for whoever brought it."""

    def __init__(self, reason: str, *, is_too_large: bool = False) -> None:
        super().__init__(reason)
        self.is_too_large = is_too_large


@dataclass(frozen=True, slots=True)
class Small:
    """A picture made small: a WebP of nothing but pixels."""

    content: bytes
    width: int
    height: int


@contextmanager
def opened(content: bytes) -> Iterator[Image.Image]:
    """The picture in `content`, by its own bytes and no name's word, not yet unpacked.

    Raises `PictureError` for anything but a JPEG, PNG, WebP or GIF of at most `MOST_PIXELS`, and
    when it breaks off while it is used.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            _check_size(picture)
            yield picture
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(_("This is no JPEG, PNG, WebP or GIF picture.")) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_too_many_pixels(), is_too_large=True) from None
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, struct.error, EOFError):
        # Each of Pillow's readers has its own way to say that a file is broken.
        raise PictureError(_("This picture is damaged and cannot be read.")) from None


def type_of(picture: Image.Image) -> str:
    """The media type of a picture that `opened` gave."""
    return _TYPES[picture.format or ""]


def strip_metadata(upload: Upload) -> Upload:
    """`upload` without EXIF, XMP, GPS, comments, thumbnails and anything appended to its file.

    Pixels, animation and colour profile stay as they are, but for a picture that was only marked
    as turned: it is turned, because the mark goes. The media type becomes the file's own. Raises
    `PictureError` when it is no picture, damaged, or unpacks to more than `MOST_PIXELS`.
    """
    with opened(upload.content) as picture:
        media_type = type_of(picture)
        content = _turned(picture, media_type) or upload.content
    try:
        bare = _BARE[media_type](content)
    except (ValueError, IndexError, struct.error):
        raise PictureError(_("This picture is damaged and cannot be read.")) from None
    with opened(bare) as picture:
        picture.load()
    return replace(upload, content=bare, content_type=media_type)


def preview_of(content: bytes, *, longest: int = LONGEST_SIDE) -> Small:
    """The (first) picture in `content`, turned as it is meant to be, at most `longest` pixels long.

    Raises `PictureError` as `opened`. Whatever else the file holds stays behind.
    """
    with opened(content) as picture:
        # A JPEG is unpacked no larger than needed.
        picture.draft("RGB", (longest, longest))
        turned = ImageOps.exif_transpose(picture)
        small = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
        small.thumbnail((longest, longest))
        buffer = BytesIO()
        small.save(buffer, "WEBP", quality=82, method=4)
        return Small(buffer.getvalue(), small.width, small.height)


def _turned(picture: Image.Image, media_type: str) -> bytes | None:
    """The picture as it is meant to be seen; None when it already is."""
    is_moving = getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO"
    turn = picture.getexif().get(ExifTags.Base.Orientation, _UNTURNED)
    if is_moving or turn == _UNTURNED or media_type not in _SAVED_AS:
        return None
    name, options = _SAVED_AS[media_type]
    buffer = BytesIO()
    profile = picture.info.get("icc_profile")
    ImageOps.exif_transpose(picture).save(buffer, name, icc_profile=profile, **options)
    return buffer.getvalue()


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureError(_too_many_pixels(), is_too_large=True)


def _too_many_pixels() -> str:
    most = MOST_PIXELS // 1_000_000
    return _("This picture has more than %(most)d million pixels.") % {"most": most}
