"""Drives the rehearsal with Pipecat's Gemini Live service, in a pipeline as its examples build them."""

import asyncio
import os

from google.genai.types import HttpOptions
from loguru import logger
from pipecat.frames.frames import (
    EndFrame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from sound import RATE, SILENCE, TONE, chunks

logger.remove()
logger.add(lambda line: print(line, end=""), level="WARNING")


def claim(words: str, holds: bool, seen: object = "") -> None:
    print(f"{'ok' if holds else 'FAILED'}  {words}{'' if holds else f': {seen!r}'}", flush=True)
    if not holds:
        os._exit(1)


class Ear(FrameProcessor):
    """Takes what comes out of the service."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.words, self.interruptions = 0.0, "", 0

    async def process_frame(self, frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.seconds += len(frame.audio) / 2 / frame.sample_rate
        if isinstance(frame, TTSTextFrame):
            self.words += frame.text
        if isinstance(frame, InterruptionFrame):
            self.interruptions += 1
        await self.push_frame(frame, direction)


async def main() -> None:
    service = GeminiLiveLLMService(
        api_key=os.environ["GEMINI_API_KEY"],
        settings=GeminiLiveLLMService.Settings(model=os.environ.get("MODEL", "models/gemini-3.8-live"), voice="Kore"),
        http_options=HttpOptions(base_url=os.environ["GOOGLE_GEMINI_BASE_URL"]),
    )
    ear = Ear()
    task = PipelineTask(Pipeline([service, ear]), params=PipelineParams(audio_in_sample_rate=RATE))
    running = asyncio.create_task(PipelineRunner(handle_sigint=False).run(task))

    async def push(*pieces: bytes) -> None:
        for piece in pieces:
            for chunk in chunks(piece):
                await task.queue_frame(InputAudioRawFrame(audio=chunk, sample_rate=RATE, num_channels=1))
                await asyncio.sleep(0.02)

    async def until(holds, words: str) -> None:
        for _ in range(600):
            if holds():
                break
            await asyncio.sleep(0.05)
        claim(words, holds(), (ear.seconds, ear.words, ear.interruptions))

    # Pipecat sends no sound before its context has been given.
    await task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": "Hello there."}])))
    await until(lambda: ear.seconds > 1, "a context is answered aloud")
    await asyncio.sleep(4)
    before = ear.seconds
    await push(TONE, SILENCE)
    await until(lambda: ear.seconds > before + 1.5, "speech is answered aloud")
    interruptions = ear.interruptions
    await push(TONE)
    await until(lambda: ear.interruptions > interruptions, "speaking interrupts the answer")
    before = ear.seconds
    await push(SILENCE)
    await until(lambda: ear.seconds > before + 1, "and is answered")
    await task.queue_frame(EndFrame())
    await asyncio.wait_for(running, 20)


asyncio.run(asyncio.wait_for(main(), 120))
os._exit(0)
