"""Says in a finished file what kind of picture it is: IPTC's DigitalSourceType in a minimal XMP packet.

Never copies anything from a source file, and never touches the coded picture.
"""

import struct
import zlib

CAPTURED_AND_SYNTHETIC = "compositeSynthetic"  # IPTC NewsCodes: a mix with at least one synthetic element

_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
_PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{kind}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def packet(kind: str = CAPTURED_AND_SYNTHETIC) -> bytes:
    """The XMP packet, UTF-8 (ISO 16684-1; IPTC Photo Metadata Standard, Digital Source Type)."""
    return _PACKET.format(kind=kind).encode()


def declare_jpeg(data: bytes, kind: str = CAPTURED_AND_SYNTHETIC) -> bytes:
    """A JPEG with the packet in an APP1 segment behind its JFIF segment. ValueError for another beginning."""
    if data[:4] != b"\xff\xd8\xff\xe0":
        raise ValueError("the file does not begin with a JFIF segment")
    end = 4 + struct.unpack(">H", data[4:6])[0]
    payload = _HEADER + packet(kind)
    return data[:end] + struct.pack(">BBH", 0xFF, 0xE1, len(payload) + 2) + payload + data[end:]


def declare_png(data: bytes, kind: str = CAPTURED_AND_SYNTHETIC) -> bytes:
    """A PNG with the packet in an uncompressed iTXt chunk behind IHDR (PNG 1.2 §4.2.3, keyword of ISO 16684-3)."""
    if data[12:16] != b"IHDR":
        raise ValueError("the file does not begin with an IHDR chunk")
    body = b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + packet(kind)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]
