import markup from '../room.html?raw'

/** Puts the room and the last screen behind the lobby, once. The markup is ours alone, and holds nobody's words. */
export function buildRoom(name: string): void {
  if (document.getElementById('room') !== null) return
  document.body.insertAdjacentHTML('beforeend', markup)
  for (const place of document.querySelectorAll('[data-room]')) place.textContent = name
}
