/** Where a conversation can be taken up by somebody who was not there: the resumption handle, the model it is bound to, the last lines. */
export type Place = {
  handle: string | undefined
  model: string
  lines: [who: string, text: string][]
}
