"""Drives the rehearsal with the Google plugin of livekit-agents for Python, as an agent's session does."""

import asyncio
import logging
import os

from google.genai import types
from livekit import rtc
from livekit.plugins.google.realtime import RealtimeModel
from sound import RATE, SILENCE, TONE, chunks

logging.basicConfig(level=logging.WARNING)


def claim(words: str, holds: bool, seen: object = "") -> None:
    print(f"{'ok' if holds else 'FAILED'}  {words}{'' if holds else f': {seen!r}'}", flush=True)
    if not holds:
        os._exit(1)


async def push(session, *pieces: bytes) -> None:
    for piece in pieces:
        for chunk in chunks(piece):
            frame = rtc.AudioFrame(data=chunk, sample_rate=RATE, num_channels=1, samples_per_channel=len(chunk) // 2)
            session.push_audio(frame)
            await asyncio.sleep(0.02)


async def hear(generation) -> tuple[float, str]:
    """Seconds of sound and the words of an answer, to its end."""
    seconds, words = 0.0, ""
    async for message in generation.message_stream:
        async def sound(stream=message.audio_stream) -> float:
            return sum([frame.duration async for frame in stream])

        async def text(stream=message.text_stream) -> str:
            return "".join([str(piece) async for piece in stream])

        more, said = await asyncio.gather(sound(), text())
        seconds, words = seconds + more, words + said
    return seconds, words


async def main() -> None:
    model = RealtimeModel(
        model=os.environ.get("MODEL", "gemini-3.8-live"),
        voice="Kore",
        api_key=os.environ["GEMINI_API_KEY"],
        http_options=types.HttpOptions(base_url=os.environ["GOOGLE_GEMINI_BASE_URL"]),
        input_audio_transcription=types.AudioTranscriptionConfig(),
        output_audio_transcription=types.AudioTranscriptionConfig(),
    )
    session = model.session()
    generations: asyncio.Queue = asyncio.Queue()
    session.on("generation_created", generations.put_nowait)
    interrupted = asyncio.Event()
    session.on("input_speech_started", lambda _: interrupted.set())
    session.on("error", lambda error: print("error", error, flush=True))

    await push(session, TONE, SILENCE)
    seconds, words = await asyncio.wait_for(hear(await asyncio.wait_for(generations.get(), 20)), 20)
    claim("speech is answered aloud, with its words", seconds > 1.5 and "I heard 1 second" in words, (seconds, words))

    await push(session, TONE, SILENCE)
    generation = await asyncio.wait_for(generations.get(), 20)
    interrupted.clear()
    await push(session, TONE)
    await asyncio.wait_for(interrupted.wait(), 20)
    await asyncio.wait_for(hear(generation), 20)
    claim("speaking interrupts the answer", True)
    await push(session, SILENCE)
    _, words = await asyncio.wait_for(hear(await asyncio.wait_for(generations.get(), 20)), 20)
    claim("and is answered", "I heard" in words, words)
    await session.aclose()


asyncio.run(asyncio.wait_for(main(), 120))
os._exit(0)
