"""What goes out shows the picture and nothing else."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from inbox.connectors.types import Upload
from inbox.pictures import PictureError, strip_metadata

PLACE = b"52.5200N 13.4050E"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + PLACE + b"</x:xmpmeta>"


def exif(turn: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = turn
    found[0x010F] = PLACE.decode()
    found.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return found


def drawn(size: tuple[int, int] = (8, 4)) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    return picture


def saved(kind: str, picture: Image.Image | None = None, **options: object) -> bytes:
    buffer = BytesIO()
    (picture or drawn()).save(buffer, kind, **options)
    return buffer.getvalue()


def stripped(content: bytes) -> Upload:
    return strip_metadata(Upload(content, "application/octet-stream", alt="Two halves"))


def pixels(content: bytes) -> list[bytes]:
    with Image.open(BytesIO(content)) as picture:
        frames = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            frames.append(picture.convert("RGBA").tobytes())
        return frames


def jpeg() -> bytes:
    return saved("JPEG", exif=exif(), xmp=XMP, comment=PLACE, quality=90)


def png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", PLACE.decode())
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return saved("PNG", exif=exif(), pnginfo=told)


def webp() -> bytes:
    return saved("WEBP", exif=exif(), xmp=XMP, lossless=True)


def gif() -> bytes:
    return saved("GIF", comment=PLACE, save_all=True, append_images=[Image.new("RGB", (8, 4))])


@pytest.mark.parametrize(
    "content", [jpeg(), png(), webp(), gif()], ids=["jpeg", "png", "webp", "gif"]
)
def test_place_and_author_are_gone_and_every_pixel_is_as_it_was(content: bytes) -> None:
    assert PLACE in content
    found = stripped(content)
    assert PLACE not in found.content
    assert b"Exif" not in found.content
    assert pixels(found.content) == pixels(content)
    assert found.alt == "Two halves"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(jpeg(), "jpeg"), (png(), "png"), (webp(), "webp"), (gif(), "gif")],
)
def test_type_is_the_files_own(content: bytes, kind: str) -> None:
    assert stripped(content).content_type == f"image/{kind}"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_marked_as_turned_is_turned(kind: str) -> None:
    found = stripped(saved(kind, exif=exif(turn=6)))
    with Image.open(BytesIO(found.content)) as picture:
        assert picture.size == (4, 8)
        red, _green, blue = picture.convert("RGB").getpixel((2, 0))  # type: ignore[misc]
        assert red > blue
        assert not picture.getexif()


def test_what_is_appended_stays_behind() -> None:
    assert stripped(jpeg() + b"ftypmp42" + PLACE).content.endswith(b"\xff\xd9")
    assert PLACE not in stripped(png() + PLACE).content
    assert PLACE not in stripped(gif() + PLACE).content


def test_progressive_picture_keeps_all_its_scans() -> None:
    content = saved("JPEG", progressive=True, exif=exif())
    assert pixels(stripped(content).content) == pixels(content)


def test_colour_profile_stays() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP"):
        for turn in (1, 3):
            found = stripped(saved(kind, icc_profile=profile, exif=exif(turn)))
            with Image.open(BytesIO(found.content)) as picture:
                assert picture.info["icc_profile"] == profile


def test_moving_pictures_go_on_moving() -> None:
    frames = [Image.new("RGB", (8, 4), colour) for colour in ("green", "blue")]
    for kind in ("GIF", "PNG", "WEBP"):
        content = saved(kind, save_all=True, append_images=frames, duration=80, loop=3)
        found = stripped(content).content
        assert len(pixels(found)) == 3
        assert pixels(found) == pixels(content)


def test_unpacking_without_end_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    )
    with pytest.raises(PictureError, match="million pixels"):
        stripped(bomb)


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_what_is_no_picture_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(PictureError, match="no JPEG, PNG, WebP or GIF"):
        stripped(content)


@given(kind=st.sampled_from([jpeg(), png(), webp(), gif()]), data=st.data())
def test_damage_is_told_and_never_crashes(kind: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(kind) - 1))
    damaged = (
        kind[:at] + data.draw(st.binary(max_size=4)) + kind[at + data.draw(st.integers(0, 9)) :]
    )
    try:
        found = stripped(damaged)
    except PictureError:
        return
    assert b"Exif" not in found.content
