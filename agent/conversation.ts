import { randomUUID } from 'node:crypto'
import { Hearing } from './audio/hearing.ts'
import { Playout } from './audio/playout.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { asError } from './errors.ts'
import type { Converse, Ended, RoomJob, Running } from './job.ts'
import type { LiveEvent } from './live/events.ts'
import { Supervisor } from './live/supervisor.ts'
import { type Floor, Turns } from './live/turns.ts'
import type { Log } from './log.ts'
import { attend } from './room/attendance.ts'
import { listenIn } from './room/audio-in.ts'
import { AudioOut } from './room/audio-out.ts'
import { Glimpse } from './room/glimpse.ts'
import { type Joined, joinRoom } from './room/join.ts'
import { peopleIn } from './room/people.ts'
import { type AgentState, StateSign } from './room/state.ts'
import { RoomText, readChat } from './room/text.ts'
import { videoIn } from './room/video-in.ts'
import type { Stats } from './stats.ts'
import { Captions } from './text/captions.ts'
import { ChatLimit, lineFor } from './text/chat.ts'
import { Notices } from './text/notices.ts'
import type { Ms } from './units.ts'
import type { Seeing } from './video/look.ts'
import { pictures } from './video/pictures.ts'

/** What every conversation of a process shares. */
export type Shared = { config: Config; clock: Clock; log: Log; stats: Stats }

/** Leaving takes no longer than this, whatever LiveKit does, ms. */
const LEAVE_WITHIN_MS: Ms = 3_000

/** How to run one conversation per job; they share nothing but the settings, the log and the counters. */
export function conversations(shared: Shared): Converse {
  return job => {
    const closing = new AbortController()
    const ended = run(job, shared, closing.signal)
    const close = async () => {
      closing.abort()
      await ended
    }
    return { ended, close, [Symbol.asyncDispose]: close } satisfies Running
  }
}

async function run(job: RoomJob, shared: Shared, closing: AbortSignal): Promise<Ended> {
  const log = shared.log.with({ room: job.room, job: job.id })
  try {
    const joined = await joinRoom(job)
    log.info('joined')
    const ended = await talk(joined, { ...shared, log }, closing)
    log.info('left', ended)
    return ended
  } catch (thrown) {
    const error = asError(thrown)
    log.error('conversation failed', { error })
    return { why: 'failed', error }
  }
}

/** One room and one Live session, from left to right: people's tracks and lines to the model, its voice and words to people. */
async function talk(
  { room, left }: Joined,
  { config, clock, log, stats }: Shared,
  closing: AbortSignal,
): Promise<Ended> {
  const over = Promise.withResolvers<Ended>()
  const open = new AbortController()
  const me = room.localParticipant!
  const voice = new AudioOut()
  const text = new RoomText(me, log)
  const sign = new StateSign(me, log)
  const notices = new Notices(clock, line => text.say(line))
  const turns = new Turns(clock, floor => {
    sign.show({ state: shown[floor], floor: floor === 'speaking' ? asker() : '' })
  })
  const lines = new ChatLimit()

  /** Who the model answers: whoever typed or talked last. */
  const asker = () => typist ?? hearing.mostHeard()?.identity ?? ''
  let typist: string | undefined

  // The model's voice to people's ears.
  const playout = new Playout(voice, {
    began: () => turns.happen('voice'),
    ended: () => turns.happen('quiet'),
  })

  // What was said, by people and by the model, to people's eyes.
  const captions = new Captions(
    {
      heard: (person, segment, words, isFinal) =>
        text.heard(person, segment, trackOf(person), words, isFinal),
      speak: segment => text.speak(segment, voice.trackId),
    },
    clock,
    () => `SG_${randomUUID()}`,
  )
  const trackOf = (person: string) =>
    hearing.mostHeard()?.identity === person ? (hearing.mostHeard()?.trackId ?? '') : ''

  const live = new Supervisor({
    gemini: config.gemini,
    settings: config.live,
    clock,
    log,
    stats,
    onEvent: event => act(event),
    onUp: () => {
      turns.happen('up')
      notices.up()
    },
    onDown: error => {
      captions.endTurn()
      turns.happen('down')
      notices.down(error)
    },
  })

  // Everybody's microphones, as one stream, to the model.
  const hearing = new Hearing(clock, {
    onSound: pcm => live.sendAudio(pcm),
    onPause: () => live.endAudio(),
    onTalk: (_who, change) => {
      if (change === 'began') typist = undefined
      turns.happen(change === 'began' ? 'talk' : 'hush')
    },
  })

  /** One fact from the model, put where it belongs. */
  const act = (event: LiveEvent): void => {
    switch (event.type) {
      case 'audio':
        return playout.push(event.pcm)
      case 'interrupted':
        stats.add('interruptions')
        playout.flush()
        return captions.endTurn()
      case 'heard':
        return captions.heard(
          hearing.mostHeard()?.identity ?? peopleIn(room)[0]?.identity ?? me.identity,
          event.text,
        )
      case 'said':
        return captions.said(event.text)
      case 'turnComplete':
        hearing.forget()
        turns.happen('turnComplete')
        return captions.endTurn()
      case 'call':
        // No tool is declared; an unanswered call would silence the model for good.
        for (const call of event.calls)
          live.sendToolResult(call, { error: `there is no tool named ${call.name}` })
        return
    }
  }

  readChat(room, log, ({ identity, name }, line) => {
    if (!lines.accepts(identity, clock.now())) return stats.add('chat_lines_refused')
    typist = identity
    live.sendText(lineFor(name, line, peopleIn(room).length))
    turns.happen('asked')
  })
  listenIn(room, open.signal, ({ id, identity }) => hearing.open(id, identity))
  // A screen, or everybody's cameras, as a picture a second to the model, and a small copy of it to people's eyes.
  const show = async (seeing: Exclude<Seeing, 'off'>) => {
    const seen = pictures(videoIn(room, clock, open.signal), {
      clock,
      stats,
      seeing,
      talking: () => hearing.talking(),
      pinned: () => pinned,
      signal: open.signal,
    })
    for await (const picture of seen) {
      live.sendPicture(picture.jpeg)
      glimpse.show(picture)
    }
  }
  let pinned: string | undefined
  const glimpse = new Glimpse(me, clock, log)
  const showing = config.video === 'off' ? undefined : show(config.video)

  const attendance = attend(room, clock, {
    arrived: () => live.start(),
    emptied: () => over.resolve({ why: 'empty' }),
  })
  closing.addEventListener('abort', () => over.resolve({ why: 'closed' }))
  if (closing.aborted) over.resolve({ why: 'closed' })

  try {
    await voice.publish(me)
    return await Promise.race([left, over.promise])
  } finally {
    attendance.close()
    open.abort()
    hearing.close()
    notices.close()
    turns.close()
    await live.close()
    await showing
    playout.flush()
    captions.endTurn()
    stats.add('audio_samples_dropped', hearing.losses.droppedSamples)
    stats.add('audio_frames_starved', hearing.losses.starvedFrames)
    stats.add('speech_dropped_ms', Math.round(playout.droppedMs))
    const leave = async () => {
      await text.settled()
      await room.disconnect()
      await voice.close()
    }
    const tooLate = new Promise<void>(resolve => clock.after(LEAVE_WITHIN_MS, resolve))
    await Promise.race([
      leave().catch(error => log.warn('leaving was not clean', { error: asError(error) })),
      tooLate,
    ])
  }
}

/** The floor in LiveKit's words. `idle` is the truth while the model is away: front ends then say that the agent is not ready. */
const shown: Record<Floor, AgentState> = {
  down: 'idle',
  listening: 'listening',
  thinking: 'thinking',
  speaking: 'speaking',
}
