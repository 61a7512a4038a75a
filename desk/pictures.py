"""What is kept of a picture: a JPEG of bounded size without metadata, and its thumbnail."""

from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000
MAX_SIDE, THUMBNAIL_SIDE = 2560, 320
FORMATS = ("JPEG", "PNG", "WEBP")


def jpegs(content: bytes) -> "tuple[ContentFile[bytes], ContentFile[bytes]]":
    """The picture and its thumbnail. Raises what Pillow does for a broken one: OSError, ValueError."""
    with Image.open(BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at about this size
        upright = ImageOps.exif_transpose(picture)
        rgb = _on_white(upright)
    rgb.thumbnail((MAX_SIDE, MAX_SIDE))
    full = ContentFile(_encoded(rgb), ".jpg")
    rgb.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return full, ContentFile(_encoded(rgb), "-small.jpg")


def _on_white(picture: Image.Image) -> Image.Image:
    """On white: JPEG has no transparency."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    background = Image.new("RGB", layer.size, "white")
    background.paste(layer, mask=layer.getchannel("A"))
    return background


def _encoded(picture: Image.Image) -> bytes:
    """As a JPEG without metadata such as place and camera."""
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=85, optimize=True)
    return encoded.getvalue()
