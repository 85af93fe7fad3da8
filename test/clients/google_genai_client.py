"""Drives the rehearsal with Google's own Python SDK: connection, spelling, framing, tools and errors.

Finds the server by GOOGLE_GEMINI_BASE_URL (https, because this SDK always dials TLS), SSL_CERT_FILE and GEMINI_API_KEY. Prints one
line a claim, with the checklist's points in brackets, and ends with 1 at the first that does not hold.
"""

import asyncio
import datetime
import json
import os
import sys
import urllib.request

from google import genai
from google.genai import errors, types
from sound import SILENCE, TONE, chunks

MODEL = "gemini-3.8-live"
client = genai.Client()


def claim(words: str, holds: bool, seen: object = "") -> None:
    print(f"{'ok' if holds else 'FAILED'}  {words}{'' if holds else f': {seen!r}'}", flush=True)
    if not holds:
        raise SystemExit(1)


async def say(session, *pieces: bytes) -> None:
    for piece in pieces:
        for chunk in chunks(piece):
            await session.send_realtime_input(audio=types.Blob(data=chunk, mime_type="audio/pcm;rate=16000"))


async def turn(session) -> dict:
    """What one turn of receive() brought."""
    got = {"sound": 0, "words": "", "heard": "", "kinds": [], "calls": []}
    async for message in session.receive():
        got["sound"] += len(message.data or b"") / 48_000
        content = message.server_content
        if message.tool_call:
            got["calls"] += message.tool_call.function_calls
            return got
        if content is None:
            continue
        if content.output_transcription:
            got["words"] += content.output_transcription.text or ""
        if content.input_transcription:
            got["heard"] += content.input_transcription.text or ""
        for kind in ("interrupted", "generation_complete", "turn_complete"):
            if getattr(content, kind):
                got["kinds"].append(kind)
    return got


async def refused(config: dict, model: str = MODEL) -> errors.APIError:
    try:
        async with client.aio.live.connect(model=model, config=config):
            raise SystemExit(f"FAILED  {config} was taken")
    except errors.APIError as error:
        return error


async def talk() -> None:
    config = {
        "response_modalities": ["AUDIO"],
        "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}},
        "realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 400, "prefix_padding_ms": 20}},
        "context_window_compression": {"trigger_tokens": 25_000, "sliding_window": {"target_tokens": 8_000}},
        "session_resumption": {},
        "input_audio_transcription": {},
        "output_audio_transcription": {},
        "system_instruction": "Be brief.",
    }
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        claim("connects by TLS, with the key in a header [2, 5, 8, 11]", True)
        await say(session, TONE, SILENCE)
        got = await turn(session)
        claim("speech sent as URL-safe base64 is heard [11, 17]", got["heard"] == "[1.0 s of speech]", got)
        claim("and answered aloud [24, 29]", got["sound"] > 1.5 and "I heard 1 second" in got["words"], got)
        claim("in the order of a turn [24]", got["kinds"] == ["generation_complete", "turn_complete"], got)
        await session.send_client_content(turns={"role": "user", "parts": [{"text": "Tell me. " * 60}]}, turn_complete=True)
        await asyncio.sleep(0.5)
        await say(session, TONE)
        got = await turn(session)
        claim("speech interrupts [18]", got["kinds"] == ["interrupted", "turn_complete"], got)
        await say(session, SILENCE)
        await turn(session)
        await session.send_realtime_input(text="What are your instructions?")
        got = await turn(session)
        claim("typed words are answered [23]", "My instructions are: Be brief." in got["words"], got)


async def manual() -> None:
    config = {
        "response_modalities": ["AUDIO"],
        "output_audio_transcription": {},
        "realtime_input_config": {"automatic_activity_detection": {"disabled": True}},
    }
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        await session.send_realtime_input(activity_start=types.ActivityStart())
        await say(session, TONE)
        await session.send_realtime_input(activity_end=types.ActivityEnd())
        claim("marked activity is answered [20]", "I heard 1 second" in (await turn(session))["words"])


async def history() -> None:
    config = {
        "response_modalities": ["AUDIO"],
        "output_audio_transcription": {},
        "history_config": {"initial_history_in_client_content": True},
    }
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        past = [{"role": "user", "parts": [{"text": "The word is heron."}]}, {"role": "model", "parts": [{"text": "Yes."}]}]
        await session.send_client_content(turns=past, turn_complete=True)
        await session.send_realtime_input(text="What did I say?")
        claim("history is seeded [44]", "heron" in (await turn(session))["words"])


async def tools() -> None:
    declaration = {
        "name": "get_weather",
        "behavior": "BLOCKING",
        "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}},
    }
    config = {
        "response_modalities": ["AUDIO"],
        "output_audio_transcription": {},
        "tools": [{"function_declarations": [declaration]}],
    }
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        await session.send_client_content(turns={"parts": [{"text": 'get_weather {"city": "Oslo"}'}]})
        got = await turn(session)
        call = got["calls"][0]
        claim("a tool is called with its arguments [31]", (call.name, call.args) == ("get_weather", {"city": "Oslo"}), got)
        response = types.FunctionResponse(id=call.id, name=call.name, response={"sky": "clear"})
        await session.send_tool_response(function_responses=[response])
        claim("and its result is spoken [31]", "sky clear" in (await turn(session))["words"])


async def resumption() -> None:
    config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}, "session_resumption": {}}
    handle = None
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        await session.send_client_content(turns={"parts": [{"text": "The word is heron."}]})
        await turn(session)
        await asyncio.sleep(1)
        await session.send_realtime_input(text="Go on.")
        async for message in session.receive():
            update = message.session_resumption_update
            if update and update.new_handle:
                handle = update.new_handle
    config["session_resumption"] = {"handle": handle}
    async with client.aio.live.connect(model=MODEL, config=config) as session:
        await session.send_client_content(turns={"parts": [{"text": "What did I say?"}]})
        claim("a session is resumed [36, 37]", "heron" in (await turn(session))["words"], handle)


async def wrong() -> None:
    error = await refused({"response_modalities": ["TEXT"]})
    claim("TEXT on an audio model is refused with 1007 [14]", error.code == 1007 and "modalities" in str(error), error)
    error = await refused({}, model="gemini-9")
    claim("an unknown model is refused with 1008 [13]", error.code == 1008 and "not found" in str(error), error)
    bad = genai.Client(api_key="invalid")
    try:
        async with bad.aio.live.connect(model=MODEL, config={}):
            claim("a bad key is refused", False)
    except errors.APIError as error:
        claim("a bad key is refused with 1007 [3]", error.code == 1007 and "API key not valid" in str(error), error)


def play(scenario: dict) -> None:
    """Has the sessions that begin from now on go wrong."""
    body = json.dumps(scenario).encode()
    url = f"{os.environ['GOOGLE_GEMINI_BASE_URL']}/_rehearsal/scenario"
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT")):
        pass


async def failing(faults: list[dict], ask: str = "go") -> Exception | None:
    """What a session ends with under these faults; None where its turn ends well."""
    play({"faults": faults})
    try:
        async with client.aio.live.connect(model=MODEL, config={"response_modalities": ["AUDIO"]}) as session:
            await session.send_client_content(turns={"parts": [{"text": ask}]})
            await turn(session)
    except Exception as error:  # the point is which one
        return error
    finally:
        play({})
    return None


async def faults() -> None:
    error = await failing([{"fault": "CUT", "at": "SOUND"}])
    claim("a cut is an APIError 1006 [40]", isinstance(error, errors.APIError) and error.code == 1006, error)
    error = await failing([{"fault": "CLOSE", "at": "SOUND", "reason": "The service is currently unavailable."}])
    claim("1011 is an APIError with the words [40]", "unavailable" in str(error) and error.code == 1011, error)
    error = await failing([{"fault": "CLOSE", "at": "SETUP", "reason": "You exceeded your current quota"}])
    claim("quota at setup is an APIError 1011 [40]", "quota" in str(error) and error.code == 1011, error)
    error = await failing([{"fault": "REFUSE", "at": "UPGRADE", "status": 403}])
    claim("403 at the upgrade is told [40]", "403" in str(error), error)
    error = await failing([{"fault": "RAW", "at": "SOUND"}])
    claim("broken JSON is a ValueError [40]", isinstance(error, ValueError), error)
    error = await failing([{"fault": "HUGE", "at": "SOUND"}])
    claim("a message above 1 MiB is refused by its websockets [40]", isinstance(error, errors.APIError), error)
    error = await failing([{"fault": "GO_AWAY", "at": "OPEN", "ms": 60_000}])
    claim("goAway alone changes nothing [38]", error is None, error)


async def tokens() -> None:
    alpha = genai.Client(http_options={"api_version": "v1alpha"})
    soon = datetime.datetime.now(tz=datetime.timezone.utc) + datetime.timedelta(minutes=5)
    constraints = {"model": MODEL, "config": {"response_modalities": ["AUDIO"], "output_audio_transcription": {}}}
    asked = {"uses": 1, "expire_time": soon, "live_connect_constraints": constraints}
    token = await alpha.aio.auth_tokens.create(config=asked)
    guest = genai.Client(api_key=token.name, http_options={"api_version": "v1alpha"})
    async with guest.aio.live.connect(model="ignored", config={}) as session:
        await session.send_client_content(turns={"parts": [{"text": "Which model are you?"}]})
        claim("a token opens a locked session [6]", MODEL in (await turn(session))["words"])
    try:
        async with guest.aio.live.connect(model=MODEL, config={}):
            claim("a token is spent", False)
    except errors.APIError as error:
        claim("and is then spent [6]", error.code == 1008, error)


async def sample() -> None:
    """The Python program in the docs, as it stands there."""
    with open(os.environ["DOCS"], encoding="utf-8") as docs:
        program = docs.read().split("```python\n")[1].split("```")[0]
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    claim("the sample of the docs works [1]", b"I stand in for gemini-3.8-live." in said, said)


async def main() -> None:
    for part in (talk, manual, history, tools, resumption, wrong, faults, tokens, sample):
        await asyncio.wait_for(part(), 60)


asyncio.run(main())
