import { samplesFrom } from './base64.ts'
import { openCamera } from './camera.ts'
import type { Captions } from './captions.ts'
import { LiveSocket } from './live-socket.ts'
import type { Fact } from './message.ts'
import { type Microphone, openMicrophone } from './microphone.ts'
import { fetchTicket } from './ticket.ts'
import { openVoice } from './voice.ts'

/** What the person is told of the session. */
export type SessionView = {
  captions: Captions
  sight: HTMLVideoElement
  /** One line: what is going on now. */
  say: (state: string) => void
}

/** A session under way. */
export type Session = {
  /** Why it ended; never rejects. */
  readonly ended: Promise<string>
  /** Undefined where there is none: then one can only write. */
  readonly microphone: Microphone | undefined
  /** Switches the camera; resolves with whether it is on. */
  camera(isOn: boolean): Promise<boolean>
  type(line: string): void
  close(): void
}

/**
 * Opens a session with the Live API: a token from our server, then the browser by itself.
 * @throws Error with a sentence for the person
 */
export async function openSession({ captions, sight, say }: SessionView): Promise<Session> {
  // In the click, before anything is waited for: browsers let a page sound only then.
  const opening = openVoice(isPlaying => say(isPlaying ? 'Speaking' : 'Listening'))
  const voice = await opening
  const act = (fact: Fact): void => {
    switch (fact.type) {
      case 'audio':
        return voice.play(samplesFrom(fact.data))
      case 'interrupted':
        voice.flush()
        return captions.interrupt()
      case 'heard':
        return captions.add('you', fact.text)
      case 'said':
        return captions.add('agent', fact.text)
      case 'turnComplete':
        return captions.end()
      case 'calls':
        return live?.refuse(fact.calls)
      case 'goAway':
        return say(`The Live API ends this session in ${Math.round(fact.seconds)} seconds`)
    }
  }
  let live: LiveSocket | undefined
  try {
    live = await LiveSocket.open(await fetchTicket(), act)
  } catch (thrown) {
    voice.close()
    throw thrown
  }
  const socket = live
  const microphone = await openMicrophone(pcm => socket.sendAudio(pcm)).catch((thrown: unknown) => {
    say(`The microphone cannot be used (${nameOf(thrown)}). You can write.`)
    return undefined
  })
  if (microphone !== undefined) say('Listening')
  let camera: { close(): void } | undefined
  const release = () => {
    microphone?.close()
    camera?.close()
    voice.close()
  }
  void socket.ended.then(release)
  return {
    ended: socket.ended,
    microphone,
    async camera(isOn) {
      camera?.close()
      camera = undefined
      if (isOn)
        camera = await openCamera(sight, jpeg => socket.sendPicture(jpeg)).catch((thrown: unknown) => {
          say(`The camera cannot be used (${nameOf(thrown)}).`)
          return undefined
        })
      return camera !== undefined
    },
    type(line) {
      captions.add('you', line)
      captions.end()
      socket.sendText(line)
    },
    close: () => socket.close(),
  }
}

const nameOf = (thrown: unknown) => (thrown instanceof Error ? thrown.name : String(thrown))
