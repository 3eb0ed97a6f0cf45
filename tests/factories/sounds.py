"""Small sound files and pictures, written by the standard library where it can."""

import io
import math
import struct
import wave
import zipfile


def wav(seconds: float = 2.0, *, rate: int = 44_100, hz: float = 220.0, channels: int = 2) -> bytes:
    """A decaying tone with a click every half second, 16 bit."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        frames = bytearray()
        for i in range(int(seconds * rate)):
            t = i / rate
            beat = math.exp(-12 * (t % 0.5))
            value = int(20_000 * beat * math.sin(2 * math.pi * hz * t))
            frames += struct.pack("<h", value) * channels
        file.writeframes(bytes(frames))
    return out.getvalue()


def mp3(seconds: float = 2.0) -> bytes:
    """The same tone, coded by the library the product decodes with."""
    import av
    import numpy as np

    rate = 44_100
    t = np.arange(int(seconds * rate)) / rate
    samples = (0.5 * np.exp(-12 * (t % 0.5)) * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    out = io.BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("mp3", rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.vstack([samples, samples]), format="fltp", layout="stereo"
        )
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def stems(**files: bytes) -> bytes:
    """A zip of sounds."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (files or {"drums": wav(0.5), "bass": wav(0.5, hz=55)}).items():
            archive.writestr(f"{name}.wav", content)
    return out.getvalue()


def picture(width: int = 700, height: int = 500, form: str = "PNG") -> bytes:
    """A picture of two colours."""
    from PIL import Image

    image = Image.new("RGB", (width, height), (40, 20, 90))
    image.paste((250, 160, 40), (width // 3, 0, width // 2, height))
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def picture_bomb() -> bytes:
    """A few kilobytes that unpack to 49 megapixels."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("1", (7000, 7000)).save(out, "PNG")
    return out.getvalue()
