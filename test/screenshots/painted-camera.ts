/**
 * A script that replaces a page's camera by somebody painted, and its microphone by a tone that `talk(true)` sounds: a
 * browser without a person in front of it shows only its own test picture.
 * @param hue the colour of their clothes and of the room behind them, degrees
 * @param looks how light skin and hair are, in per cent, and whether there is a beard
 */
export function paintedPerson(hue: number, { skin = 76, hair = 34, hasBeard = false } = {}): string {
  return `{
    const devices = navigator.mediaDevices
    const picture = () => {
      const canvas = document.createElement('canvas')
      canvas.width = 640
      canvas.height = 480
      const pen = canvas.getContext('2d')
      const shape = (color, draw) => {
        pen.fillStyle = color
        pen.beginPath()
        draw()
        pen.fill()
      }
      const paint = () => {
        const wall = pen.createLinearGradient(0, 0, 640, 480)
        wall.addColorStop(0, 'oklch(86% 0.05 ${hue})')
        wall.addColorStop(1, 'oklch(58% 0.06 ${hue})')
        pen.fillStyle = wall
        pen.fillRect(0, 0, 640, 480)
        shape('oklch(93% 0.05 90)', () => pen.roundRect(50, 50, 120, 170, 8))
        shape('oklch(45% 0.09 ${hue})', () => pen.ellipse(300, 540, 210, 210, 0, 0, 7))
        shape('oklch(${skin - 6}% 0.07 55)', () => pen.roundRect(265, 270, 70, 100, 30))
        shape('oklch(${hair}% 0.05 45)', () => pen.ellipse(300, 195, 102, 118, 0, 0, 7))
        shape('oklch(${skin}% 0.07 58)', () => pen.ellipse(300, 218, 80, 98, 0, 0, 7))
        shape('oklch(${hair}% 0.05 45)', () => pen.ellipse(300, 138, 84, 46, 0, 0, 7))
        if (${hasBeard}) shape('oklch(${hair}% 0.05 45)', () => pen.ellipse(300, 262, 78, 62, 0, 0, 3.15))
        shape('oklch(28% 0.03 40)', () => (pen.arc(270, 214, 8, 0, 7), pen.arc(330, 214, 8, 0, 7)))
        pen.strokeStyle = 'oklch(50% 0.1 30)'
        pen.lineWidth = 7
        pen.lineCap = 'round'
        pen.beginPath()
        pen.arc(300, 240, 34, 0.5, 2.64)
        pen.stroke()
      }
      setInterval(paint, 100)
      paint()
      return canvas.captureStream(10)
    }
    let context, gain
    const sound = () => {
      context ??= new AudioContext()
      gain ??= new GainNode(context, { gain: 0.002 })
      const tone = new OscillatorNode(context, { frequency: ${200 + hue} })
      tone.connect(gain)
      tone.start()
      const out = context.createMediaStreamDestination()
      gain.connect(out)
      return out.stream
    }
    devices.getUserMedia = async ({ audio, video }) => {
      const stream = new MediaStream()
      if (audio) for (const track of sound().getTracks()) stream.addTrack(track)
      if (video) for (const track of picture().getTracks()) stream.addTrack(track)
      return stream
    }
    // Before the first touch a browser makes no sound, not even this one.
    addEventListener('pointerdown', () => void context?.resume())
    window.talk = async isTalking => {
      await context.resume()
      gain.gain.value = isTalking ? 0.4 : 0.002
    }
  }`
}
