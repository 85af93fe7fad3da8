/** The element of the markup with this id. @throws Error where the page and its script disagree */
export function byId<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`there is no ${type.name} #${id}`)
  return found
}

/** A new element with text in it; text is never read as markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (className !== '') made.className = className
  if (text !== '') made.textContent = text
  return made
}

/** A line drawing on a field of 24 by 24. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.ariaHidden = 'true'
  const line = document.createElementNS(svg.namespaceURI, 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

/** Sets text only where it changes: a live region would say it again, and a selection would be lost. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Shows a button as pressed in or not. */
export function press(button: HTMLButtonElement, on: boolean): void {
  button.ariaPressed = on ? 'true' : 'false'
}

/** Fills `select` with devices, the one with `chosen` selected; unnamed ones are numbered. */
export function fillDevices(
  select: HTMLSelectElement,
  devices: readonly MediaDeviceInfo[],
  chosen: string | undefined,
  kind: string,
): void {
  const options = devices.map(({ deviceId, label }, index) => {
    const option = make('option', '', label === '' ? `${kind} ${index + 1}` : label)
    option.value = deviceId
    return option
  })
  if (options.length === 0) options.push(make('option', '', `No ${kind.toLowerCase()} found`))
  select.disabled = devices.length === 0
  select.replaceChildren(...options)
  if (chosen !== undefined && devices.some(device => device.deviceId === chosen)) select.value = chosen
}
