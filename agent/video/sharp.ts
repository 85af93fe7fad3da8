type Make = typeof import('sharp').default

let loading: Promise<Make> | undefined

/** The picture library, which works on threads of its own. Loaded with the first picture: rooms where nobody shows one do without its memory. */
export function loadSharp(): Promise<Make> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Every picture is another: a cache would only hold the last ones.
    sharp.cache(false)
    return sharp
  })
  return loading
}
