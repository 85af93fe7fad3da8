import { randomUUID } from 'node:crypto'
import { Ears } from './audio/ears.ts'
import { Hearing } from './audio/hearing.ts'
import { OwnVoice } from './audio/own-voice.ts'
import { FRAME_MS } from './audio/pcm.ts'
import { Playout } from './audio/playout.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Ended } from './job.ts'
import type { LiveEvent } from './live/events.ts'
import { isPassing } from './live/refusal.ts'
import type { LiveSettings } from './live/settings.ts'
import { Supervisor } from './live/supervisor.ts'
import { Turns } from './live/turns.ts'
import { fillIn } from './live/words.ts'
import type { Log } from './log.ts'
import { Host } from './manners/host.ts'
import { attend } from './room/attendance.ts'
import { listenIn } from './room/audio-in.ts'
import { AudioOut } from './room/audio-out.ts'
import { answerCalls } from './room/controls.ts'
import type { Joined } from './room/join.ts'
import { leaveRoom } from './room/leave.ts'
import { type Person, peopleIn, whenGone } from './room/people.ts'
import { SessionStream } from './room/session/session-stream.ts'
import { watch } from './room/sight.ts'
import { firstSign, keepShown, StateSign, stateFor } from './room/state.ts'
import { RoomText, readChat } from './room/text.ts'
import type { Stats } from './stats.ts'
import { codeShown, outcomeShown, sourcesShown } from './text/activity.ts'
import { Captions } from './text/captions.ts'
import { ChatLimit, lineFor } from './text/chat.ts'
import { Notices } from './text/notices.ts'
import { Registry } from './tools/registry.ts'
import { Runner } from './tools/runner.ts'
import { noTools, type Toolbox } from './tools/toolbox.ts'
import { VERSION } from './version.ts'
import type { Seeing } from './video/look.ts'

/** What every conversation of a process shares. */
export type Shared = { config: Config; toolbox?: Toolbox; clock: Clock; log: Log; stats: Stats }

/** One room and one Live session, from left to right: people's tracks and lines to the model, its voice and words to people. */
export async function talk(
  { room, left }: Joined,
  { config, toolbox = noTools, clock, log, stats }: Shared,
  closing: AbortSignal,
): Promise<Ended> {
  const over = Promise.withResolvers<Ended>()
  const open = new AbortController()
  const me = room.localParticipant!
  const voice = new AudioOut()
  // LiveKit's own front ends follow a conversation as a remote session.
  const session = new SessionStream(room, {
    clock,
    log,
    stats,
    about: {
      tools: [],
      model: config.live.model,
      options: { manners: config.manners.first, video: config.video },
      version: VERSION,
    },
    newId: randomUUID,
    ask: (person, line) => hearLine(person, line),
  })
  const { proceedings } = session
  const text = new RoomText(me, log, session.witness)
  const sign = new StateSign(
    me,
    clock,
    log,
    firstSign(config.manners.first, config.gemini.at === 'rehearsal'),
  )
  keepShown(room, sign)
  const notices = new Notices(clock, line => text.say(line))
  const turns = new Turns(clock, floor => {
    proceedings.state(stateFor[floor])
    sign.show({ state: stateFor[floor], floor: floor === 'speaking' ? asker() : '' })
  })
  const lines = new ChatLimit()

  /** Whose pictures come first. */
  let pinned: string | undefined
  const pin = (identity: string | null) => {
    pinned = identity ?? undefined
    sign.show({ pinned: identity ?? '' })
    return { identity }
  }

  /** Who the model answers: whoever typed or talked last. */
  const asker = () => typist ?? hearing.mostHeard()?.identity ?? ''
  let typist: string | undefined

  // The model's voice to people's ears.
  const own = new OwnVoice(clock)
  const playout = new Playout(own.overhear(voice), {
    began: () => turns.happen('voice'),
    ended: () => {
      host.gate.fellSilent()
      turns.happen('quiet')
    },
  })

  // What was said, by people and by the model, to people's eyes.
  const captions = new Captions(
    {
      heard: caption =>
        text.heard(caption.identity, caption.segment, caption.trackId, caption.text, caption.isFinal),
      speak: segment => text.speak(segment, voice.trackId),
    },
    clock,
    {
      get nowMs() {
        return hearing.timeline.nowMs
      },
      slices: (fromMs, toMs) => hearing.timeline.slices(fromMs, toMs),
      somebody: () => hearing.timeline.last()?.identity ?? peopleIn(room)[0]?.identity ?? me.identity,
    },
    () => `SG_${randomUUID()}`,
  )

  /** Where the sound of this connection begins in media time. */
  let streamMs = 0
  // What the model may call, besides talking.
  const registry = new Registry(toolbox.tools)
  const runner = new Runner({
    registry,
    profile: () => settings.profile,
    context: { room: room.name ?? '', people: () => peopleIn(room), asker },
    clock,
    log,
    stats,
    answer: (call, { response, ...how }) => live.sendToolResult(call, response, how),
    show: news => text.show({ kind: 'tool', ...news }),
  })
  const inWords = (words: string) =>
    fillIn(words, { room: room.name ?? '', people: peopleIn(room).map(({ name }) => name) })
  const settings: LiveSettings = {
    ...config.live,
    instructions: inWords(config.live.instructions),
    functions: registry.declarations(config.live.profile),
  }
  /** The first words are the model's. */
  const greet = (greeting: string) => {
    live.sendText(inWords(greeting))
    turns.happen('asked')
  }

  const live = new Supervisor({
    gemini: config.gemini,
    settings,
    clock,
    log,
    stats,
    onEvent: event => act(event),
    onUp: () => {
      streamMs = hearing.timeline.nowMs
      sign.show({ model: 'up' })
      host.sessionOpened()
      turns.happen('up')
      notices.up()
    },
    onDown: error => {
      sign.show({ model: isPassing(error.kind) ? 'reconnecting' : 'down' })
      host.gate.reset()
      captions.endTurn()
      turns.happen('down')
      notices.down(error)
      proceedings.failed(error.message)
    },
    onUnheard: line => text.say(line),
    speaker: () => nameOf(hearing.mostHeard()?.identity),
    // What several people say is not all for the agent; what one alone with it says is.
    isAnswerWanted: () => peopleIn(room).length === 1,
  })
  const nameOf = (identity: string | undefined) =>
    peopleIn(room).find(person => person.identity === identity)?.name ?? 'Somebody'

  // Whose words reach the model, and which of its answers are heard.
  const table = {
    names: [me.name || 'Roundtable', ...config.manners.aliases],
    guests: () => peopleIn(room),
    talkers: () => [asker()].filter(identity => identity !== ''),
  }
  const host = new Host(config.manners.first, clock, table, {
    show: change => sign.show(change),
    pass: piece => ('pcm' in piece ? playout.push(piece.pcm) : captions.said(piece.text)),
    settled: ({ became, isComplete, lostMs }) => {
      stats.add(became === 'said' ? 'answers_released' : 'answers_held_back')
      stats.add('held_speech_dropped_ms', Math.round(lostMs))
      if (isComplete) captions.endTurn()
    },
    hush: () => {
      playout.flush()
      captions.endTurn()
    },
    stopped: () => live.endAudio(),
    turn: (change, identity) => {
      live.markTurn(change)
      if (change === 'begins') live.sendAudio(ears.before(identity))
      turns.happen(change === 'begins' ? 'talk' : 'hush')
    },
    reopen: how => live.change({ turns: how }),
  })

  // Everybody's microphones, as one stream, to the model.
  const hearing = new Hearing(
    clock,
    {
      onSound: pcm => {
        // What was said while nothing is sent is never written down.
        if (host.isSending) live.sendAudio(pcm)
        else captions.skip(FRAME_MS)
      },
      onPause: () => host.isSending && live.endAudio(),
      onTalk: (identity, change) => {
        if (change === 'began') typist = undefined
        sign.show({ hearing: hearing.talking() })
        proceedings.talking(hearing.talking().length > 0)
        host.talked(identity, change)
        turns.happen(change === 'began' ? 'talk' : 'hush')
      },
    },
    { streamEndEndsTurn: config.live.profile.streamEndEndsTurn, own },
  )
  const ears = new Ears(identity => host.listensTo(identity))

  /** One fact from the model, put where it belongs. */
  const act = (event: LiveEvent): void => {
    switch (event.type) {
      case 'audio':
        return host.gate.answer({ pcm: event.pcm })
      case 'interrupted':
        stats.add('interruptions')
        proceedings.interrupted()
        playout.flush()
        host.gate.ended('interrupted')
        return captions.endTurn()
      case 'heard': {
        const spans = event.spans?.map(({ fromMs, toMs }) => ({
          fromMs: streamMs + fromMs,
          toMs: streamMs + toMs,
        }))
        return host.gate.heard(captions.heard(event.text, spans), event.text)
      }
      case 'said':
        return host.gate.answer({ text: event.text })
      case 'turnComplete':
        host.gate.ended('complete')
        hearing.forget()
        turns.happen('turnComplete')
        return captions.endTurn()
      case 'call':
        return runner.call(event.calls)
      case 'cancel':
        return runner.cancel(event.ids)
      case 'sources':
        return text.show(sourcesShown(event.queries, event.pages))
      case 'code':
        return text.show(codeShown(event.language, event.code))
      case 'codeResult':
        return text.show(outcomeShown(event.isOk, event.output))
      case 'usage':
        return proceedings.used(event.totalTokens)
    }
  }

  const hearLine = ({ identity, name }: Person, line: string) => {
    if (!lines.accepts(identity, clock.now())) return stats.add('chat_lines_refused')
    if (host.isDeafened) return text.say('I am deafened: this has not reached me.', identity)
    typist = identity
    proceedings.typed({ identity, name }, line)
    host.gate.talked(identity)
    host.gate.heard(identity, line)
    live.sendText(lineFor(name, line, peopleIn(room).length))
    turns.happen('asked')
  }
  readChat(room, log, hearLine)
  session.open()
  answerCalls(room, clock, log, { ...host.controls, pin: (_person, identity) => pin(identity) })
  whenGone(room, ({ identity }) => {
    host.left(identity)
    if (identity === pinned) pin(null)
  })
  listenIn(room, open.signal, ({ id, identity, source }) =>
    ears.open(identity, hearing.open(id, identity, source)),
  )
  // A screen, or everybody's cameras, as a picture a second.
  const see = (seeing: Exclude<Seeing, 'off'>) => {
    const talking = () => hearing.talking()
    const options = { clock, stats, seeing, talking, pinned: () => pinned, signal: open.signal }
    return watch(room, log, options, jpeg => {
      if (!host.isDeafened) live.sendPicture(jpeg)
      return !host.isDeafened
    })
  }
  const watching = config.video === 'off' ? undefined : see(config.video)

  const attendance = attend(room, clock, {
    arrived: () => {
      live.start()
      if (settings.greeting !== undefined) greet(settings.greeting)
    },
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
    host.close()
    turns.close()
    sign.close()
    await runner.close()
    session.close()
    await live.close()
    await watching
    playout.flush()
    captions.endTurn()
    stats.add('audio_samples_dropped', hearing.losses.droppedSamples)
    stats.add('audio_frames_starved', hearing.losses.starvedFrames)
    stats.add('speech_left_out_ms', hearing.losses.leftOutMs)
    stats.add('echo_left_out_ms', hearing.losses.echoMs)
    stats.add('crosstalk_left_out_ms', hearing.losses.crosstalkMs)
    stats.add('speech_dropped_ms', Math.round(playout.droppedMs))
    await leaveRoom(room, { text, voice }, clock, log)
  }
}
