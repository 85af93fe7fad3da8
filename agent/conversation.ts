import { TRAIL_MS } from './audio/hearing.ts'
import { FRAME_SAMPLES } from './audio/lane.ts'
import { FRAME_MS } from './audio/pcm.ts'
import { fromModel } from './from-model.ts'
import { Hands } from './hands.ts'
import type { Ended } from './job.ts'
import { Supervisor } from './live/supervisor.ts'
import { Host } from './manners/host.ts'
import { Mouth } from './mouth.ts'
import { openBook } from './record/keeper.ts'
import { attend } from './room/attendance.ts'
import { Company } from './room/company.ts'
import { aboutOf, Face } from './room/face.ts'
import type { Joined } from './room/join.ts'
import { leaveRoom } from './room/leave.ts'
import { Listening } from './room/listening.ts'
import { watch } from './room/sight.ts'
import { firstSign } from './room/state.ts'
import type { Keeping, Shared } from './shared.ts'
import { briefed } from './text/briefing.ts'
import { lineFor } from './text/chat.ts'

const SILENCE = new Int16Array(FRAME_SAMPLES)

/** One room and one Live session, from left to right: people's tracks and lines to the model, its voice and words to people. */
export async function talk(
  { room, left }: Joined,
  { config, toolbox, clock, log, stats }: Shared,
  closing: AbortSignal,
  keeping: Keeping,
): Promise<Ended> {
  const over = Promise.withResolvers<Ended>()
  const open = new AbortController()
  const me = room.localParticipant!
  const { aliases, hasRoster } = config.manners
  const names = [me.name || 'Roundtable', ...aliases]
  const basics = { clock, log, stats }
  const onFailed = () => face.sign.show({ isRecorded: false })
  const book = await openBook({ ...basics, dir: config.recordDir, room: room.name ?? '', onFailed })

  /** Who the model answers: whoever typed or talked last. */
  const asker = () => typist ?? hearing.mostHeard() ?? ''
  let typist: string | undefined

  // The people, and what they see and hear of the agent.
  const company = new Company(room, {
    ...basics,
    book,
    isQuiet: () => live.phase.at === 'live' && turns.floor === 'listening' && host.isIdle,
    tell: hasRoster ? line => live.addContext(line) : undefined,
    left: ({ identity }) => {
      host.left(identity)
      hands.left(identity)
    },
    typed: (person, line) => {
      if (host.isDeafened) return face.text.say('I am deafened: this has not reached me.', person.identity)
      typist = person.identity
      session.proceedings.typed(person, line)
      host.typed(person.identity, line)
      live.sendText(lineFor(person.name, line, company.list().length))
      turns.happen('asked')
    },
  })
  // What the model may call, besides talking, and what it is asked to be.
  const hands = new Hands({
    ...basics,
    live: config.live,
    briefed: settings => briefed(settings, { names, hasRoster, seeing: config.video }),
    toolbox,
    pages: config.guestTools ? me : undefined,
    peopleMaySet: config.peopleMaySet,
    context: { room: room.name ?? '', people: () => company.list(), asker },
    around: {
      speakers: () => company.called(hearing.timeline.speakers()),
      isSpeaking: () => mouth.isSpeaking,
      hush: () => host.hush(),
      leave: () => leave(),
    },
    answer: (call, { response, ...how }) => live.sendToolResult(call, response, how),
    show: news => face.text.show({ kind: 'tool', ...news }),
    // Whether the session takes marks is the host's.
    changed: ({ turns: _, ...settings }) => live.change(settings),
  })
  keeping.tunable(hands.tunable)
  const face = new Face(room, {
    ...basics,
    asker,
    typed: (person, line) => company.read(person, line),
    sign: firstSign(config, book.isKept),
    about: () => aboutOf(config, hands.names),
  })
  const { turns, session } = face
  const mouth = new Mouth(face, {
    ...basics,
    book,
    name: names[0]!,
    nameOf: identity => company.nameOf(identity),
    timeline: () => hearing.timeline,
    somebody: () => company.list()[0]?.identity ?? me.identity,
    began: () => turns.happen('voice'),
    ended: () => {
      host.gate.fellSilent()
      turns.happen('quiet')
    },
  })

  // The model.
  const live = new Supervisor({
    ...basics,
    gemini: config.gemini,
    settings: hands.settings,
    onEvent: event => told.event(event),
    onUp: isResumed => told.up(isResumed),
    onDown: error => told.down(error),
    onUnheard: line => face.text.say(line),
    onPlace: place => face.keep(keeping.seal(place)),
    onUsage: total => keeping.used(total),
    speaker: () => company.nameOf(asker()),
    // What several people say is not all for the agent; what one alone with it says is.
    isAnswerWanted: () => company.list().length === 1,
  })

  // Whose words reach the model, and which of its answers are heard. Another model may take the conversation up.
  const streamEndEndsTurn = () => hands.settings.profile.streamEndEndsTurn
  const table = { names, guests: () => company.list(), asker }
  const host = new Host(config.manners.first, clock, stats, table, {
    show: change => face.sign.show(change),
    pass: piece => mouth.say(piece),
    hush: () => mouth.hush(),
    settled: () => mouth.endTurn(),
    stopped: () => live.endAudio(),
    silenceMs: () => (streamEndEndsTurn() ? 0 : TRAIL_MS),
    turn: (change, identity) => {
      live.markTurn(change)
      if (change === 'begins') hearing.turnTo(identity)
      turns.happen(change === 'begins' ? 'talk' : 'hush')
    },
    reopen: how => live.change({ turns: how }),
  })

  // Everybody's microphones, as one stream, to the model.
  const hearing = new Listening(room, {
    ...basics,
    attention: host,
    own: mouth.own,
    signal: open.signal,
    streamEndEndsTurn,
    onSound: (pcm, isLive) => {
      const { sends } = host
      // What was said while nothing is sent is never written down.
      if (sends === 'nothing') mouth.skip(FRAME_MS)
      else live.sendAudio(sends === 'sound' ? pcm : SILENCE)
      if (isLive) book.people(pcm)
    },
    onPause: () => host.isSending && live.endAudio(),
    onTalk: (identity, change) => {
      if (change === 'began') typist = undefined
      host.talked(identity, change)
      company.spoke(identity)
      face.talking(hearing.talking())
    },
  })

  // Their cameras and screens, a picture a second.
  const looks = {
    seeing: config.video,
    talking: () => hearing.talking(),
    pinned: () => company.pinned,
    // The same names as in the lines that the model is told.
    nameOf: (identity: string) => company.nameOf(identity),
  }
  const watching = watch(room, { ...basics, ...looks, signal: open.signal }, jpeg => {
    if (!host.isDeafened) live.sendPicture(jpeg)
    return !host.isDeafened
  })

  // What the model says and does, where it belongs.
  const told = fromModel({ stats, host, mouth, hearing, hands, company, face })

  company.receive(face, { ...host.controls, ...hands.controls })
  session.open()
  const attendance = attend(room, clock, {
    arrived: () => {
      live.start(keeping.from)
      const greeting = keeping.from === undefined ? hands.greeting : undefined
      if (greeting === undefined) return
      // The first words are the agent's, whatever the manners are.
      for (const first of company.list().slice(0, 1)) host.controls.ask(first)
      if (live.sendText(greeting)) turns.happen('asked')
    },
    emptied: () => over.resolve({ why: 'empty' }),
  })
  const leave = () => over.resolve({ why: 'closed' })
  closing.addEventListener('abort', leave)
  if (closing.aborted) leave()

  try {
    await face.voice.publish(me)
    return await Promise.race([left, over.promise])
  } finally {
    open.abort()
    for (const part of [attendance, hearing, company, host, face]) part.close()
    await hands.close()
    await live.close()
    log.info('used', { ...live.usage })
    await watching
    mouth.close()
    await book.close()
    await leaveRoom(room, face, clock, log)
  }
}
