import type { ReceivedMessage } from '@livekit/components-react'
import { useState } from 'react'

/** What was said and typed, by type and by who is shown to have said it, and a line to type. */
export function Messages(props: {
  messages: readonly ReceivedMessage[]
  send: (line: string) => Promise<unknown>
}) {
  const [line, write] = useState('')
  return (
    <>
      <ul id="messages">
        {props.messages.map(({ id, type, from, message }) => (
          <li key={id} data-type={type} data-from={from?.isLocal ? 'me' : from?.name}>
            {message}
          </li>
        ))}
      </ul>
      <form
        onSubmit={event => {
          event.preventDefault()
          void props.send(line).then(() => write(''))
        }}
      >
        <input aria-label="Line" value={line} onChange={event => write(event.target.value)} />
      </form>
    </>
  )
}
