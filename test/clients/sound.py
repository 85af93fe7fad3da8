"""What the Python clients say: a tone as loud as speech, and silence. 16 kHz mono PCM16."""

import math
import struct

RATE = 16_000


def tone(seconds: float) -> bytes:
    samples = (int(4_000 * math.sin(2 * math.pi * 220 * i / RATE)) for i in range(int(seconds * RATE)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


TONE = tone(1.0)
SILENCE = bytes(2 * RATE)


def chunks(sound: bytes, ms: int = 20) -> list[bytes]:
    size = RATE * 2 * ms // 1000
    return [sound[i : i + size] for i in range(0, len(sound), size)]
