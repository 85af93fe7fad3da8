import type { ChildProcess } from 'node:child_process'

/** The microphone or the speaker cannot be used. The message is one sentence that names the option. */
export class SoundError extends Error {
  override name = 'SoundError'
}

/** Resolves when the program of a microphone or speaker has ended, with its own last words; never rejects. */
export function gone(child: ChildProcess, what: 'microphone' | 'speaker'): Promise<SoundError> {
  const { promise, resolve } = Promise.withResolvers<SoundError>()
  let said = ''
  child.stderr?.on('data', data => {
    said = `${said}${data}`.slice(-1_000)
  })
  const end = (why: string) => {
    const last = said.trim().split('\n').at(-1) ?? ''
    const words = last === '' ? why : last
    resolve(new SoundError(`--${what}: ${words.slice(0, 200)}; name another device, or a file`))
  }
  child.once('error', thrown => end(thrown.message))
  child.once('close', code => end(`its program ended with code ${code}`))
  return promise
}
