const asked = new URLSearchParams(location.search)

/** Where tokens are given out; the page is opened with it in its address. */
export const endpoint = asked.get('endpoint') ?? ''

/** Who is to join. */
export const person = asked.get('name') ?? ''
